/// Migration 5: what registrations select, several secrets, and completions to report.
///
/// `types`, `producers` and `more_secrets` are JSON arrays of strings, and `events` names with commas between them; NULL
/// means all, none or the default.
/// `failed` is 1 for a delivery whose last outcome is a failure. It is in `accepted`, which outlives the history.
/// `due_completion` is the status that a `workflow.completed` is still to report.
enum CompletionMigration {
    static let all = [columns, erasing, failures]

    private static let columns = """
        ALTER TABLE registrations ADD COLUMN events TEXT;
        ALTER TABLE registrations ADD COLUMN types BLOB;
        ALTER TABLE registrations ADD COLUMN producers BLOB;
        ALTER TABLE credentials ADD COLUMN more_secrets BLOB;
        ALTER TABLE accepted ADD COLUMN failed INTEGER NOT NULL DEFAULT 0 CHECK (failed IN (0, 1));
        CREATE INDEX accepted_failed ON accepted (workflow, sequence) WHERE failed = 1;
        ALTER TABLE workflows ADD COLUMN due_completion TEXT
            CHECK (due_completion IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'idle'));
        ALTER TABLE workflows ADD COLUMN completion_sequence INTEGER
            CHECK (completion_sequence BETWEEN 1 AND last_sequence);
        CREATE INDEX workflows_due ON workflows (pending) WHERE due_completion IS NOT NULL;
        UPDATE accepted SET failed = 1 WHERE delivery IN (SELECT id FROM deliveries WHERE state = 'failed');
        """

    private static let erasing = """
        DROP TRIGGER receivers_erase;
        CREATE TRIGGER credentials_erase AFTER UPDATE OF used ON credentials WHEN OLD.used = 1 AND NEW.used = 0
        BEGIN
            UPDATE credentials
            SET target = zeroblob(length(target)), secret = iif(secret IS NULL, NULL, zeroblob(length(secret))),
                more_secrets = iif(more_secrets IS NULL, NULL, zeroblob(length(more_secrets)))
            WHERE key = NEW.key;
            UPDATE totals SET credentials = credentials - 1, erased = erased + 1;
        END;
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
