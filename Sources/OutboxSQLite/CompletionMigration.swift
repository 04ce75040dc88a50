/// Migration 5: what registrations filter, which deliveries failed, and completions that are requested.
///
/// `events`, `types` and `producers` are JSON arrays of strings; NULL: the default events, all types, all producers.
/// `failed` is 1 for a delivery whose last outcome is a failure. It is in `accepted`, which outlives the history; of earlier
/// deliveries, only those in the history have it. `requested_completion` is the status of a `workflow.completed` that is
/// not accepted yet, and `completion_sequence` the number of the last one.
///
/// `credentials` gets no column: rows without it would grow when they are zeroed, and SQLite would move them.
enum CompletionMigration {
    static let all = [columns, failures]

    private static let columns = """
        ALTER TABLE registrations ADD COLUMN events BLOB;
        ALTER TABLE registrations ADD COLUMN types BLOB;
        ALTER TABLE registrations ADD COLUMN producers BLOB;
        ALTER TABLE accepted ADD COLUMN failed INTEGER NOT NULL DEFAULT 0 CHECK (failed IN (0, 1));
        CREATE INDEX accepted_failed ON accepted (workflow, sequence) WHERE failed = 1;
        ALTER TABLE workflows ADD COLUMN requested_completion TEXT
            CHECK (requested_completion IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'idle'));
        ALTER TABLE workflows ADD COLUMN completion_sequence INTEGER
            CHECK (completion_sequence BETWEEN 1 AND last_sequence);
        CREATE INDEX workflows_completing ON workflows (pending) WHERE requested_completion IS NOT NULL;
        UPDATE accepted SET failed = 1 WHERE delivery IN (SELECT id FROM deliveries WHERE state = 'failed');
        """

    /// A delivery may also be accepted as failed.
    private static let failures = """
        CREATE TRIGGER accepted_fails AFTER UPDATE OF state ON deliveries WHEN NEW.state = 'failed'
        BEGIN UPDATE accepted SET failed = 1 WHERE delivery = NEW.id; END;

        CREATE TRIGGER accepted_fails_at_once AFTER INSERT ON deliveries WHEN NEW.state = 'failed'
        BEGIN UPDATE accepted SET failed = 1 WHERE delivery = NEW.id; END;

        CREATE TRIGGER accepted_again AFTER UPDATE OF state ON deliveries
        WHEN OLD.state = 'failed' AND NEW.state = 'pending'
        BEGIN UPDATE accepted SET failed = 0 WHERE delivery = NEW.id; END;
        """
}
