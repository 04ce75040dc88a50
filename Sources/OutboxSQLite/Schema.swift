internal import GRDB

/// The tables of the outbox, and the migrations of files from older versions.
///
/// Never change a released migration; add a new one. Times are microseconds on the relay's time line (`TimeLine`);
/// `created_at` and `wall` are times of day. Texts from writers are stored as bytes, because they may contain NUL.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 deliveries", foreignKeyChecks: .immediate) { db in
            for statements in [totals, workflows, registrations, accepted, deliveries, attempts] {
                try db.execute(sql: statements)
            }
            for statements in SchemaTriggers.all { try db.execute(sql: statements) }
        }
        // SQLite renames them in triggers and foreign keys, too.
        migrator.registerMigration("2 credentials", foreignKeyChecks: .immediate) { db in
            try db.execute(
                sql: """
                    ALTER TABLE receivers RENAME TO credentials;
                    ALTER TABLE registrations RENAME COLUMN receiver TO credentials;
                    ALTER TABLE totals RENAME COLUMN receivers TO credentials;
                    ALTER TABLE workflows DROP COLUMN last_artifact_at;
                    """)
        }
        // Before, times were times of day, so the time line continues at the latest of them.
        migrator.registerMigration("3 boots", foreignKeyChecks: .immediate) { db in
            try db.execute(
                sql: """
                    \(boots)
                    INSERT INTO boots SELECT earliest, '', 0, latest, latest FROM (
                        SELECT min(last_activity_at) AS earliest,
                            max(max(last_activity_at), ifnull((SELECT max(started_at + duration) FROM attempts), 0))
                                AS latest
                        FROM workflows)
                    WHERE latest IS NOT NULL;
                    """)
        }
        migrator.registerMigration("4 kept bodies", foreignKeyChecks: .immediate) { db in
            for statements in KeptBodiesMigration.all { try db.execute(sql: statements) }
        }
        migrator.registerMigration("5 completions", foreignKeyChecks: .immediate) { db in
            for statements in CompletionMigration.all { try db.execute(sql: statements) }
        }
        migrator.registerMigration("6 pending and history", migrate: PendingMigration.run)
        return migrator
    }

    /// For each table, the column by which opening finds the first and the last row, which it reads.
    static let probes = [
        "totals": "one", "origins": "key", "workflows": "key", "registrations": "id", "credentials": "key",
        "accepted": "workflow", "pending": "id", "retries": "delivery", "history": "key", "kept_bodies": "delivery",
        "attempts": "delivery", "boots": "since",
    ]

    /// One row of running totals, so that no query counts rows.
    private static let totals = """
        CREATE TABLE totals (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            pending INTEGER NOT NULL CHECK (pending >= 0),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            finished INTEGER NOT NULL CHECK (finished >= 0),
            registrations INTEGER NOT NULL CHECK (registrations >= 0),
            receivers INTEGER NOT NULL CHECK (receivers >= 0),
            erased INTEGER NOT NULL CHECK (erased >= 0),
            last_delivery INTEGER NOT NULL CHECK (last_delivery >= 0),
            last_registration INTEGER NOT NULL CHECK (last_registration >= 0)
        ) STRICT;
        INSERT INTO totals VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);
        """

    private static let workflows = """
        CREATE TABLE workflows (
            key INTEGER PRIMARY KEY,
            correlation_id BLOB NOT NULL UNIQUE CHECK (length(correlation_id) BETWEEN 1 AND 256),
            last_sequence INTEGER NOT NULL CHECK (last_sequence >= 0),
            last_activity_at INTEGER NOT NULL,
            last_artifact_at INTEGER,
            completed_at INTEGER,
            pending INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
            delivered INTEGER NOT NULL DEFAULT 0 CHECK (delivered >= 0),
            failed INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0)
        ) STRICT;
        CREATE INDEX workflows_activity ON workflows (last_activity_at, pending);
        """

    /// A registration is current (`ended = 0`) or ended. Its URL target and secret must be erasable, so they are in
    /// `receivers` (`credentials` since migration 2), and no row of the history contains them.
    ///
    /// Rows of `receivers` are only appended, and zeroed in place. When SQLite splits or joins pages, it moves rows,
    /// and `secure_delete` misses the copies left in gaps. A row leaves no copy if no row next to it is inserted or
    /// deleted. ``CredentialsLog`` deletes zeroed rows.
    private static let registrations = """
        CREATE TABLE origins (
            key INTEGER PRIMARY KEY,
            scheme TEXT NOT NULL CHECK (scheme IN ('http', 'https')),
            host TEXT NOT NULL,
            port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
            pending INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
            bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
            UNIQUE (host, port, scheme)
        ) STRICT;
        CREATE TABLE receivers (
            key INTEGER PRIMARY KEY,
            used INTEGER NOT NULL CHECK (used IN (0, 1)),
            target BLOB NOT NULL,
            secret BLOB CHECK (length(secret) > 0)
        ) STRICT;
        CREATE TABLE registrations (
            id INTEGER PRIMARY KEY,
            workflow INTEGER NOT NULL REFERENCES workflows (key),
            origin INTEGER NOT NULL REFERENCES origins (key),
            ordering TEXT NOT NULL CHECK (ordering IN ('parallel', 'ordered')),
            format TEXT NOT NULL CHECK (format IN ('flat', 'flock')),
            max_retries INTEGER NOT NULL CHECK (max_retries BETWEEN 0 AND 100),
            ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
            pending INTEGER NOT NULL DEFAULT 0 CHECK (pending >= 0),
            receiver INTEGER UNIQUE REFERENCES receivers (key),
            CHECK (receiver IS NOT NULL OR (ended = 1 AND pending = 0)),
            UNIQUE (id, origin)
        ) STRICT;
        CREATE UNIQUE INDEX registrations_current ON registrations (workflow) WHERE ended = 0;
        CREATE INDEX registrations_workflow ON registrations (workflow);
        CREATE INDEX registrations_origin ON registrations (origin);
        """

    /// Every accepted artifact, in few bytes. A row outlives the delivery's history.
    private static let accepted = """
        CREATE TABLE accepted (
            delivery INTEGER PRIMARY KEY CHECK (delivery >= 1),
            workflow INTEGER NOT NULL REFERENCES workflows (key),
            sequence INTEGER NOT NULL CHECK (sequence >= 1),
            artifact_id BLOB NOT NULL CHECK (length(artifact_id) BETWEEN 1 AND 256),
            UNIQUE (workflow, sequence),
            UNIQUE (workflow, artifact_id)
        ) STRICT;
        """

    /// Bodies have a table of their own, so that only sending reads them. A body exists exactly as long as its delivery
    /// is pending, so the first body belongs to the oldest pending delivery.
    private static let deliveries = """
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY REFERENCES accepted (delivery),
            registration INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            artifact_type BLOB NOT NULL,
            body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
            created_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            trace_parent TEXT,
            trace_state TEXT CHECK (trace_state IS NULL OR trace_parent IS NOT NULL),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            next_attempt_at INTEGER CHECK (next_attempt_at IS NULL OR state = 'pending'),
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
            reason TEXT CHECK ((reason IS NOT NULL) = (state = 'failed')),
            finished_at INTEGER CHECK ((finished_at IS NULL) = (state = 'pending')),
            FOREIGN KEY (registration, origin) REFERENCES registrations (id, origin)
        ) STRICT;
        CREATE INDEX deliveries_pending ON deliveries (origin, id) WHERE state = 'pending';
        CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
        CREATE INDEX deliveries_registration ON deliveries (registration);
        CREATE TABLE bodies (
            delivery INTEGER PRIMARY KEY REFERENCES deliveries (id),
            body BLOB NOT NULL
        ) STRICT;
        """

    /// `duration` is in microseconds.
    private static let attempts = """
        CREATE TABLE attempts (
            delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            started_at INTEGER NOT NULL,
            duration INTEGER NOT NULL CHECK (duration >= 0),
            status INTEGER,
            error TEXT,
            CHECK (status IS NOT NULL OR error IS NOT NULL),
            PRIMARY KEY (delivery, number)
        ) STRICT, WITHOUT ROWID;
        """

    /// Where the clocks stood at the relay's last mark in each boot of the machine (`ClockMark`). `elapsed` is the time
    /// since the boot, in microseconds.
    private static let boots = """
        CREATE TABLE boots (
            since INTEGER PRIMARY KEY,
            boot TEXT NOT NULL,
            elapsed INTEGER NOT NULL CHECK (elapsed >= 0),
            steady INTEGER NOT NULL CHECK (steady >= since),
            wall INTEGER NOT NULL
        ) STRICT;
        """
}
