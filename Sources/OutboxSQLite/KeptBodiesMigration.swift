/// Migration 4: failed deliveries may keep their bodies, and become pending again.
///
/// `kept` is 1 while the body of a failed delivery is kept. The body is in `kept_bodies` then, so that `bodies` still has
/// exactly the bodies of pending deliveries. `attempts_before` counts the attempts before the last redelivery. A
/// registration counts its kept bodies, because it keeps its URL target and secret for as long as they are kept.
enum KeptBodiesMigration {
    static let all = [columns, guards, ending, dropping]

    /// Each finished delivery is in one of the two indexes, so that a query of one kind skips no rows of the other.
    private static let columns = """
        ALTER TABLE deliveries ADD COLUMN kept INTEGER NOT NULL DEFAULT 0
            CHECK (kept = 0 OR (kept = 1 AND state = 'failed'));
        ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0
            CHECK (attempts_before BETWEEN 0 AND attempts);
        ALTER TABLE registrations ADD COLUMN kept INTEGER NOT NULL DEFAULT 0
            CHECK (kept = 0 OR (kept > 0 AND credentials IS NOT NULL));
        ALTER TABLE totals ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept >= 0);
        ALTER TABLE totals ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0 CHECK (kept_bytes >= 0);
        DROP INDEX deliveries_finished;
        CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL AND kept = 0;
        CREATE INDEX deliveries_with_body ON deliveries (finished_at) WHERE kept = 1;
        CREATE TABLE kept_bodies (
            delivery INTEGER PRIMARY KEY REFERENCES deliveries (id),
            body BLOB NOT NULL
        ) STRICT;
        """

    private static let guards = """
        DROP TRIGGER deliveries_final;
        CREATE TRIGGER deliveries_final BEFORE UPDATE OF state ON deliveries
        WHEN OLD.state <> 'pending' AND NOT (OLD.kept = 1 AND NEW.state = 'pending')
        BEGIN SELECT RAISE(ABORT, 'a final delivery stays final, unless its body is kept'); END;

        DROP TRIGGER deliveries_kept;
        CREATE TRIGGER deliveries_kept BEFORE DELETE ON deliveries WHEN OLD.state = 'pending' OR OLD.kept = 1
        BEGIN SELECT RAISE(ABORT, 'a pending delivery is never dropped, nor one whose body is kept'); END;

        CREATE TRIGGER deliveries_new_kept BEFORE INSERT ON deliveries WHEN NEW.kept = 1
        BEGIN SELECT RAISE(ABORT, 'a delivery without an attempt keeps no body'); END;

        CREATE TRIGGER deliveries_keep_body BEFORE UPDATE OF kept ON deliveries
        WHEN NEW.kept = 1 AND OLD.kept = 0 AND OLD.state <> 'pending'
        BEGIN SELECT RAISE(ABORT, 'a body that is gone cannot be kept'); END;

        CREATE TRIGGER kept_bodies_new BEFORE INSERT ON kept_bodies
        WHEN NOT EXISTS (
            SELECT 1 FROM deliveries WHERE id = NEW.delivery AND kept = 1 AND body_bytes = length(NEW.body))
        BEGIN SELECT RAISE(ABORT, 'a kept body belongs to a failed delivery of its size'); END;

        CREATE TRIGGER kept_bodies_kept BEFORE DELETE ON kept_bodies
        WHEN (SELECT kept FROM deliveries WHERE id = OLD.delivery) = 1
        BEGIN SELECT RAISE(ABORT, 'a delivery that is kept keeps its body'); END;

        DROP TRIGGER receivers_kept;
        CREATE TRIGGER credentials_kept BEFORE UPDATE OF used ON credentials
        WHEN NEW.used = 0 AND EXISTS (
            SELECT 1 FROM registrations WHERE credentials = NEW.key AND (ended = 0 OR pending > 0 OR kept > 0))
        BEGIN SELECT RAISE(ABORT, 'a registration in use keeps its secret'); END;
        """

    private static let ending = """
        DROP TRIGGER deliveries_end;
        CREATE TRIGGER deliveries_end AFTER UPDATE OF state ON deliveries
        WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
        BEGIN
            INSERT INTO kept_bodies SELECT delivery, body FROM bodies WHERE NEW.kept = 1 AND delivery = NEW.id;
            DELETE FROM bodies WHERE delivery = NEW.id;
            UPDATE totals
            SET pending = pending - 1, bytes = bytes - NEW.body_bytes, finished = finished + 1,
                kept = kept + NEW.kept, kept_bytes = kept_bytes + NEW.kept * NEW.body_bytes;
            UPDATE origins SET pending = pending - 1, bytes = bytes - NEW.body_bytes WHERE key = NEW.origin;
            UPDATE workflows
            SET pending = pending - 1,
                delivered = delivered + (NEW.state = 'delivered'), failed = failed + (NEW.state = 'failed'),
                last_activity_at = max(last_activity_at, NEW.finished_at)
            WHERE key = (SELECT workflow FROM accepted WHERE delivery = NEW.id);
            UPDATE registrations SET pending = pending - 1, kept = kept + NEW.kept WHERE id = NEW.registration;
        END;

        CREATE TRIGGER deliveries_again AFTER UPDATE OF state ON deliveries
        WHEN OLD.state = 'failed' AND NEW.state = 'pending'
        BEGIN
            INSERT INTO bodies SELECT delivery, body FROM kept_bodies WHERE delivery = NEW.id;
            DELETE FROM kept_bodies WHERE delivery = NEW.id;
            UPDATE totals
            SET pending = pending + 1, bytes = bytes + NEW.body_bytes, finished = finished - 1,
                kept = kept - 1, kept_bytes = kept_bytes - NEW.body_bytes;
            UPDATE origins SET pending = pending + 1, bytes = bytes + NEW.body_bytes WHERE key = NEW.origin;
            UPDATE workflows SET pending = pending + 1, failed = failed - 1
            WHERE key = (SELECT workflow FROM accepted WHERE delivery = NEW.id);
            UPDATE registrations SET pending = pending + 1, kept = kept - 1 WHERE id = NEW.registration;
        END;
        """

    private static let dropping = """
        CREATE TRIGGER deliveries_drop_body AFTER UPDATE OF kept ON deliveries
        WHEN OLD.kept = 1 AND NEW.kept = 0 AND NEW.state = 'failed'
        BEGIN
            DELETE FROM kept_bodies WHERE delivery = NEW.id;
            UPDATE totals SET kept = kept - 1, kept_bytes = kept_bytes - NEW.body_bytes, erased = erased + 1;
            UPDATE registrations SET kept = kept - 1 WHERE id = NEW.registration;
        END;

        DROP TRIGGER registrations_erase;
        CREATE TRIGGER registrations_erase AFTER UPDATE OF ended, pending, kept ON registrations
        WHEN NEW.ended = 1 AND NEW.pending = 0 AND NEW.kept = 0
        BEGIN
            UPDATE credentials SET used = 0 WHERE key = NEW.credentials;
            UPDATE registrations SET credentials = NULL WHERE id = NEW.id;
            DELETE FROM registrations
            WHERE id = NEW.id AND NOT EXISTS (SELECT 1 FROM deliveries WHERE registration = NEW.id);
        END;
        """
}
