/// Triggers of the first migration. ``PendingMigration`` replaces all but those that erase secrets.
enum SchemaTriggers {
    static let all = [guards, acceptance, ending, registrations, cleaning]

    /// Reject statements that break an invariant.
    private static let guards = """
        CREATE TRIGGER deliveries_new BEFORE INSERT ON deliveries
        WHEN NEW.id <= (SELECT last_delivery FROM totals)
        BEGIN SELECT RAISE(ABORT, 'a delivery id is never used twice'); END;

        CREATE TRIGGER deliveries_final BEFORE UPDATE OF state ON deliveries WHEN OLD.state <> 'pending'
        BEGIN SELECT RAISE(ABORT, 'a final delivery stays final'); END;

        CREATE TRIGGER deliveries_kept BEFORE DELETE ON deliveries WHEN OLD.state = 'pending'
        BEGIN SELECT RAISE(ABORT, 'a pending delivery is never dropped'); END;

        CREATE TRIGGER bodies_new BEFORE INSERT ON bodies
        WHEN NOT EXISTS (
            SELECT 1 FROM deliveries
            WHERE id = NEW.delivery AND state = 'pending' AND body_bytes = length(NEW.body))
        BEGIN SELECT RAISE(ABORT, 'a body belongs to a pending delivery of its size'); END;

        CREATE TRIGGER bodies_kept BEFORE DELETE ON bodies
        WHEN (SELECT state FROM deliveries WHERE id = OLD.delivery) = 'pending'
        BEGIN SELECT RAISE(ABORT, 'a pending delivery keeps its body'); END;

        CREATE TRIGGER receivers_kept BEFORE UPDATE OF used ON receivers
        WHEN NEW.used = 0 AND EXISTS (
            SELECT 1 FROM registrations WHERE receiver = NEW.key AND (ended = 0 OR pending > 0))
        BEGIN SELECT RAISE(ABORT, 'a registration in use keeps its secret'); END;

        CREATE TRIGGER receivers_zeroed BEFORE DELETE ON receivers WHEN OLD.used = 1
        BEGIN SELECT RAISE(ABORT, 'a secret is zeroed before its row goes'); END;
        """

    private static let acceptance = """
        CREATE TRIGGER deliveries_accept AFTER INSERT ON deliveries WHEN NEW.state = 'pending'
        BEGIN
            UPDATE totals SET pending = pending + 1, bytes = bytes + NEW.body_bytes, last_delivery = NEW.id;
            UPDATE origins SET pending = pending + 1, bytes = bytes + NEW.body_bytes WHERE key = NEW.origin;
            UPDATE registrations SET pending = pending + 1 WHERE id = NEW.registration;
            UPDATE workflows SET pending = pending + 1
            WHERE key = (SELECT workflow FROM accepted WHERE delivery = NEW.id);
        END;

        CREATE TRIGGER deliveries_accept_final AFTER INSERT ON deliveries WHEN NEW.state <> 'pending'
        BEGIN
            UPDATE totals SET finished = finished + 1, last_delivery = NEW.id;
            UPDATE workflows
            SET delivered = delivered + (NEW.state = 'delivered'), failed = failed + (NEW.state = 'failed')
            WHERE key = (SELECT workflow FROM accepted WHERE delivery = NEW.id);
        END;
        """

    private static let ending = """
        CREATE TRIGGER deliveries_end AFTER UPDATE OF state ON deliveries
        WHEN OLD.state = 'pending' AND NEW.state <> 'pending'
        BEGIN
            DELETE FROM bodies WHERE delivery = NEW.id;
            UPDATE totals SET pending = pending - 1, bytes = bytes - NEW.body_bytes, finished = finished + 1;
            UPDATE origins SET pending = pending - 1, bytes = bytes - NEW.body_bytes WHERE key = NEW.origin;
            UPDATE workflows
            SET pending = pending - 1,
                delivered = delivered + (NEW.state = 'delivered'), failed = failed + (NEW.state = 'failed'),
                last_activity_at = max(last_activity_at, NEW.finished_at)
            WHERE key = (SELECT workflow FROM accepted WHERE delivery = NEW.id);
            UPDATE registrations SET pending = pending - 1 WHERE id = NEW.registration;
        END;

        CREATE TRIGGER deliveries_drop AFTER DELETE ON deliveries
        BEGIN
            UPDATE totals SET finished = finished - 1;
            DELETE FROM registrations
            WHERE id = OLD.registration AND ended = 1
                AND NOT EXISTS (SELECT 1 FROM deliveries WHERE registration = OLD.registration);
        END;
        """

    private static let registrations = """
        CREATE TRIGGER registrations_count_new AFTER INSERT ON registrations
        BEGIN
            UPDATE totals
            SET registrations = registrations + (NEW.ended = 0), last_registration = max(last_registration, NEW.id);
        END;

        CREATE TRIGGER registrations_count_ended AFTER UPDATE OF ended ON registrations
        WHEN OLD.ended <> NEW.ended
        BEGIN UPDATE totals SET registrations = registrations + OLD.ended - NEW.ended; END;

        CREATE TRIGGER registrations_count_dropped AFTER DELETE ON registrations WHEN OLD.ended = 0
        BEGIN UPDATE totals SET registrations = registrations - 1; END;
        """

    /// Erase the secret and target of a registration after its last use, and delete the registration with its last
    /// delivery in the history, and an origin with its last registration. Zeros are as long as the content that they
    /// replace, so that SQLite does not move the row.
    private static let cleaning = """
        CREATE TRIGGER registrations_erase AFTER UPDATE OF ended, pending ON registrations
        WHEN NEW.ended = 1 AND NEW.pending = 0
        BEGIN
            UPDATE receivers SET used = 0 WHERE key = NEW.receiver;
            UPDATE registrations SET receiver = NULL WHERE id = NEW.id;
            DELETE FROM registrations
            WHERE id = NEW.id AND NOT EXISTS (SELECT 1 FROM deliveries WHERE registration = NEW.id);
        END;

        CREATE TRIGGER receivers_erase AFTER UPDATE OF used ON receivers WHEN OLD.used = 1 AND NEW.used = 0
        BEGIN
            UPDATE receivers
            SET target = zeroblob(length(target)), secret = iif(secret IS NULL, NULL, zeroblob(length(secret)))
            WHERE key = NEW.key;
            UPDATE totals SET receivers = receivers - 1, erased = erased + 1;
        END;

        CREATE TRIGGER receivers_count AFTER INSERT ON receivers
        BEGIN UPDATE totals SET receivers = receivers + 1; END;

        CREATE TRIGGER origins_drop AFTER DELETE ON registrations
        BEGIN
            DELETE FROM origins
            WHERE key = OLD.origin AND NOT EXISTS (SELECT 1 FROM registrations WHERE origin = OLD.origin);
        END;
        """
}
