internal import Domain
internal import Foundation
internal import GRDB

/// Migration 6: a delivery has one row, in `pending` until it is final and in `history` from then on.
///
/// Before, each delivery had a row in four tables, and triggers updated the counts of four more with each row. Now the
/// counts are written once for each transaction (``CountChanges``).
///
/// A row of `pending` never changes, because it contains the body. What failed attempts change is in `retries`. A
/// delivery that is redelivered keeps its id.
///
/// The keys of `history` grow in the order in which deliveries ended, so that the oldest rows are the first ones. A row
/// contains the last attempt; `attempts` has the attempts before it, and all attempts of pending deliveries.
///
/// A registration has a row while it is current or a delivery needs its credentials: one that is pending or whose body
/// is kept. An origin has a row while a registration or a row of `history` refers to it.
///
/// `accepted` outlives the history of its deliveries. ``ArtifactIDColumn`` describes the column `artifact_id`.
enum PendingMigration {
    static func run(_ db: Database) throws {
        db.add(function: compactID)
        defer { db.remove(function: compactID) }
        for statements in [removal, accepted, registrations, origins, deliveries, kept, oldTables, guards, cleaning] {
            try db.execute(sql: statements)
        }
    }

    private static let compactID = DatabaseFunction("compact_id", argumentCount: 1, pure: true) { values in
        Data.fromDatabaseValue(values[0]).map {
            Data(ArtifactIDColumn.encode(ArtifactID(String(decoding: $0, as: UTF8.self))))
        }
    }

    /// The tables that get new columns keep their rows under another name until these are copied.
    private static let removal = """
        DROP TRIGGER deliveries_new; DROP TRIGGER deliveries_final; DROP TRIGGER deliveries_kept;
        DROP TRIGGER deliveries_accept; DROP TRIGGER deliveries_accept_final; DROP TRIGGER deliveries_end;
        DROP TRIGGER deliveries_again; DROP TRIGGER deliveries_drop; DROP TRIGGER deliveries_drop_body;
        DROP TRIGGER deliveries_new_kept; DROP TRIGGER deliveries_keep_body;
        DROP TRIGGER bodies_new; DROP TRIGGER bodies_kept; DROP TRIGGER kept_bodies_new; DROP TRIGGER kept_bodies_kept;
        DROP TRIGGER accepted_fails; DROP TRIGGER accepted_fails_at_once; DROP TRIGGER accepted_again;
        DROP TRIGGER credentials_kept; DROP TRIGGER registrations_erase;
        DROP TRIGGER registrations_count_new; DROP TRIGGER registrations_count_ended;
        DROP TRIGGER registrations_count_dropped; DROP TRIGGER origins_drop;
        DROP INDEX accepted_failed; DROP INDEX registrations_current; DROP INDEX registrations_workflow;
        DROP INDEX registrations_origin;
        ALTER TABLE accepted RENAME TO old_accepted;
        ALTER TABLE registrations RENAME TO old_registrations;
        ALTER TABLE attempts RENAME TO old_attempts;
        ALTER TABLE kept_bodies RENAME TO old_kept_bodies;
        """

    private static let accepted = """
        CREATE TABLE accepted (
            workflow INTEGER NOT NULL,
            artifact_id BLOB NOT NULL CHECK (length(artifact_id) BETWEEN 2 AND 257),
            sequence INTEGER NOT NULL CHECK (sequence >= 1),
            failed INTEGER NOT NULL DEFAULT 0 CHECK (failed IN (0, 1)),
            PRIMARY KEY (workflow, artifact_id)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO accepted
            SELECT workflow, compact_id(artifact_id), sequence, failed FROM old_accepted ORDER BY workflow;
        CREATE INDEX accepted_failed ON accepted (workflow, sequence) WHERE failed = 1;
        """

    private static let registrations = """
        CREATE TABLE registrations (
            id INTEGER PRIMARY KEY,
            workflow INTEGER NOT NULL REFERENCES workflows (key),
            origin INTEGER NOT NULL REFERENCES origins (key),
            ordering TEXT NOT NULL CHECK (ordering IN ('parallel', 'ordered')),
            format TEXT NOT NULL CHECK (format IN ('flat', 'flock')),
            max_retries INTEGER NOT NULL CHECK (max_retries BETWEEN 0 AND 100),
            events BLOB,
            types BLOB,
            producers BLOB,
            ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
            credentials INTEGER NOT NULL UNIQUE REFERENCES credentials (key)
        ) STRICT;
        INSERT INTO registrations
            SELECT id, workflow, origin, ordering, format, max_retries, events, types, producers, ended, credentials
            FROM old_registrations WHERE credentials IS NOT NULL;
        CREATE UNIQUE INDEX registrations_current ON registrations (workflow) WHERE ended = 0;
        CREATE INDEX registrations_workflow ON registrations (workflow);
        CREATE INDEX registrations_origin ON registrations (origin);
        """

    private static let origins = """
        ALTER TABLE origins ADD COLUMN finished INTEGER NOT NULL DEFAULT 0 CHECK (finished >= 0);
        UPDATE origins SET finished = ended.count
            FROM (SELECT origin, count(*) AS count FROM deliveries WHERE state <> 'pending' GROUP BY origin) ended
            WHERE ended.origin = origins.key;
        """

    private static let deliveries = """
        CREATE TABLE pending (
            id INTEGER PRIMARY KEY CHECK (id >= 1),
            workflow INTEGER NOT NULL,
            registration INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            sequence INTEGER NOT NULL CHECK (sequence >= 1),
            artifact_id BLOB NOT NULL,
            artifact_type BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            trace_parent TEXT,
            trace_state TEXT CHECK (trace_state IS NULL OR trace_parent IS NOT NULL),
            body BLOB NOT NULL
        ) STRICT;
        INSERT INTO pending
            SELECT d.id, a.workflow, d.registration, d.origin, a.sequence, compact_id(a.artifact_id), d.artifact_type,
                d.created_at, d.received_at, d.trace_parent, d.trace_state, b.body
            FROM bodies b CROSS JOIN deliveries d ON d.id = b.delivery CROSS JOIN old_accepted a ON a.delivery = d.id
            ORDER BY b.delivery;
        CREATE INDEX pending_origin ON pending (origin);
        CREATE UNIQUE INDEX pending_registration ON pending (registration, sequence);

        CREATE TABLE retries (
            delivery INTEGER PRIMARY KEY,
            attempts INTEGER NOT NULL CHECK (attempts >= 1),
            attempts_before INTEGER NOT NULL CHECK (attempts_before BETWEEN 0 AND attempts),
            next_attempt_at INTEGER
        ) STRICT;
        INSERT INTO retries
            SELECT id, attempts, attempts_before, next_attempt_at FROM deliveries WHERE state = 'pending' AND attempts > 0;

        CREATE TABLE history (
            key INTEGER PRIMARY KEY,
            delivery INTEGER NOT NULL,
            workflow INTEGER NOT NULL,
            registration INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            artifact_id BLOB NOT NULL,
            artifact_type BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0),
            reason TEXT,
            finished_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            started_at INTEGER CHECK ((started_at IS NULL) = (attempts = 0)),
            duration INTEGER CHECK ((duration IS NULL) = (attempts = 0) AND duration >= 0),
            status INTEGER,
            error TEXT,
            kept INTEGER NOT NULL CHECK (kept = 0 OR (kept = 1 AND reason IS NOT NULL))
        ) STRICT;
        INSERT INTO history (
            delivery, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
            body_bytes, reason, finished_at, attempts, started_at, duration, status, error, kept)
            SELECT d.id, a.workflow, d.registration, d.origin, a.sequence, compact_id(a.artifact_id), d.artifact_type,
                d.created_at, d.received_at, d.body_bytes, d.reason, d.finished_at, d.attempts, t.started_at, t.duration,
                t.status, t.error, d.kept
            FROM deliveries d
            JOIN old_accepted a ON a.delivery = d.id
            LEFT JOIN old_attempts t ON t.delivery = d.id AND t.number = d.attempts
            WHERE d.state <> 'pending' ORDER BY d.finished_at, d.id;
        CREATE UNIQUE INDEX history_workflow ON history (workflow, sequence);

        CREATE TABLE attempts (
            delivery INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            started_at INTEGER NOT NULL,
            duration INTEGER NOT NULL CHECK (duration >= 0),
            status INTEGER,
            error TEXT,
            CHECK (status IS NOT NULL OR error IS NOT NULL),
            PRIMARY KEY (delivery, number)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO attempts
            SELECT t.* FROM old_attempts t JOIN deliveries d ON d.id = t.delivery
            WHERE d.state = 'pending' OR t.number < d.attempts;
        """

    /// The bodies of failed deliveries that are kept, with what else a redelivery needs.
    private static let kept = """
        CREATE TABLE kept_bodies (
            delivery INTEGER PRIMARY KEY,
            history INTEGER NOT NULL REFERENCES history (key),
            trace_parent TEXT,
            trace_state TEXT,
            body BLOB NOT NULL
        ) STRICT;
        INSERT INTO kept_bodies
            SELECT d.id, h.key, d.trace_parent, d.trace_state, k.body
            FROM old_kept_bodies k CROSS JOIN deliveries d ON d.id = k.delivery
            CROSS JOIN old_accepted a ON a.delivery = d.id
            CROSS JOIN history h ON h.workflow = a.workflow AND h.sequence = a.sequence;
        CREATE UNIQUE INDEX kept_bodies_history ON kept_bodies (history);
        CREATE INDEX history_kept ON history (finished_at) WHERE kept = 1;
        CREATE INDEX history_kept_registration ON history (registration) WHERE kept = 1;
        """

    private static let oldTables = """
        DROP TABLE bodies; DROP TABLE old_kept_bodies; DROP TABLE old_attempts; DROP TABLE deliveries;
        DROP TABLE old_accepted; DROP TABLE old_registrations;
        """

    /// Reject statements that break an invariant.
    private static let guards = """
        CREATE TRIGGER history_final BEFORE UPDATE ON history
        WHEN NOT (OLD.kept = 1 AND NEW.kept = 0 AND NEW.reason IS OLD.reason AND NEW.delivery = OLD.delivery)
        BEGIN SELECT RAISE(ABORT, 'a final delivery stays final'); END;

        CREATE TRIGGER pending_fixed BEFORE UPDATE ON pending
        BEGIN SELECT RAISE(ABORT, 'a pending delivery never changes'); END;

        CREATE TRIGGER credentials_kept BEFORE UPDATE OF used ON credentials
        WHEN NEW.used = 0 AND EXISTS (
            SELECT 1 FROM registrations r WHERE r.credentials = NEW.key AND (r.ended = 0
                OR EXISTS (SELECT 1 FROM pending WHERE registration = r.id)
                OR EXISTS (SELECT 1 FROM history WHERE registration = r.id AND kept = 1)))
        BEGIN SELECT RAISE(ABORT, 'a registration in use keeps its secret'); END;
        """

    /// Erase the secret and target of a registration after its last use. A statement that sets `ended` of an ended
    /// registration again tries that.
    private static let cleaning = """
        CREATE TRIGGER registrations_count_new AFTER INSERT ON registrations
        BEGIN
            UPDATE totals
            SET registrations = registrations + (NEW.ended = 0), last_registration = max(last_registration, NEW.id);
        END;

        CREATE TRIGGER registrations_count_ended AFTER UPDATE OF ended ON registrations
        WHEN OLD.ended <> NEW.ended
        BEGIN UPDATE totals SET registrations = registrations + OLD.ended - NEW.ended; END;

        CREATE TRIGGER registrations_erase AFTER UPDATE OF ended ON registrations
        WHEN NEW.ended = 1 AND NOT EXISTS (SELECT 1 FROM pending WHERE registration = NEW.id)
            AND NOT EXISTS (SELECT 1 FROM history WHERE registration = NEW.id AND kept = 1)
        BEGIN
            UPDATE credentials SET used = 0 WHERE key = NEW.credentials;
            DELETE FROM registrations WHERE id = NEW.id;
        END;

        CREATE TRIGGER registrations_kept BEFORE DELETE ON registrations
        WHEN (SELECT used FROM credentials WHERE key = OLD.credentials) = 1
        BEGIN SELECT RAISE(ABORT, 'a secret is erased before its registration goes'); END;

        CREATE TRIGGER origins_drop_unregistered AFTER DELETE ON registrations
        BEGIN
            DELETE FROM origins
            WHERE key = OLD.origin AND finished = 0
                AND NOT EXISTS (SELECT 1 FROM registrations WHERE origin = OLD.origin);
        END;

        CREATE TRIGGER origins_drop_forgotten AFTER UPDATE OF finished ON origins WHEN NEW.finished = 0
        BEGIN
            DELETE FROM origins
            WHERE key = NEW.key AND NOT EXISTS (SELECT 1 FROM registrations WHERE origin = NEW.key);
        END;
        """
}
