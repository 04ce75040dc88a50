internal import Events
internal import Logging
internal import Outbox
internal import Telemetry

/// Opens the outbox that the settings ask for, and says what it found.
struct OutboxChoice {
    private let settings: Settings
    private let meters: Meters
    private let logger: Logger

    init(_ settings: Settings, meters: Meters, logger: Logger) {
        self.settings = settings
        self.meters = meters
        self.logger = logger
    }

    /// - Throws: ``SettingsError`` if the file on disk cannot be used.
    func open() throws -> any Outbox {
        if settings.isEphemeral {
            logger.notice("The outbox is in memory: what is pending at the end is lost")
            return MemoryOutbox()
        }
        let path = settings.stateDirectory + "/outbox.sqlite"
        do {
            let meters = self.meters
            let outbox = try SQLiteOutbox(path: path) { meters.outboxCommit.record($0.duration.inSeconds) }
            report(outbox.openReport)
            return outbox
        } catch {
            throw SettingsError(
                "state-dir: \(path) cannot be used: \(error); make sure that the directory can be written to, or choose "
                    + "another with --state-dir")
        }
    }

    private func report(_ found: OpenReport) {
        if let damaged = found.setAside {
            logger.error(
                "The outbox was damaged and has been set aside; a new one was made",
                metadata: ["path": "\(damaged.path)", "reason": "\(damaged.reason)"])
        }
        if found.pending > 0 {
            logger.notice(
                "Deliveries are pending from before the start",
                metadata: ["pending": "\(found.pending)", "bytes": "\(found.pendingBytes)"])
        }
    }
}
