internal import Domain
internal import Logging
internal import Outbox
internal import OutboxMemory
internal import OutboxSQLite
internal import Settings
internal import Telemetry

/// Opens the outbox that the settings select, and logs what it found.
struct OutboxFactory {
    private let settings: RelaySettings
    private let meters: Meters
    private let logger: Logger

    init(_ settings: RelaySettings, meters: Meters, logger: Logger) {
        self.settings = settings
        self.meters = meters
        self.logger = logger
    }

    /// - Throws: ``SettingsError`` if the file on disk cannot be used.
    func open() throws -> any OutboxRoles {
        if settings.isEphemeral {
            logger.notice("The outbox is in memory; deliveries that are pending when the relay stops are lost")
            return MemoryOutbox(keepsFailed: settings.keepFailed > .zero)
        }
        let path = settings.stateDirectory + "/outbox.sqlite"
        do {
            let meters = self.meters
            let outbox = try SQLiteOutbox(path: path, keepsFailed: settings.keepFailed > .zero) {
                meters.outboxCommit.record($0.duration.inSeconds)
            }
            report(outbox.openReport)
            return outbox
        } catch let error as OutboxError {
            throw SettingsError("state-dir: \(path) cannot be used: \(error)")
        } catch {
            throw SettingsError(
                "state-dir: \(path) cannot be used: \(error); make sure that the directory can be written to, or "
                    + "choose another with --state-dir")
        }
    }

    private func report(_ found: OpenReport) {
        if let damaged = found.setAside {
            logger.error(
                "The outbox file is damaged; it was renamed, and a new one was created",
                metadata: ["path": "\(damaged.path)", "reason": "\(damaged.reason)"])
        }
        if found.pending > 0 {
            logger.notice(
                "Continuing with deliveries that are pending from before the start",
                metadata: [
                    "pending": .stringConvertible(found.pending), "bytes": .stringConvertible(found.pendingBytes),
                ])
        }
    }
}
