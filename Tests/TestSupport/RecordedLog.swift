package import Logging
internal import Synchronization

/// Keeps log records in memory.
package final class RecordedLog: LogHandler, Sendable {
    package struct Record: Sendable {
        package let level: Logger.Level
        package let message: String
        /// The fields, as text.
        package let fields: [String: String]
    }

    private let kept = Mutex<[Record]>([])

    package init() {}

    package var records: [Record] { kept.withLock { $0 } }
    package var logger: Logger { Logger(label: "test") { _ in self } }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }
    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    package func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).mapValues { "\($0)" }
        kept.withLock { $0.append(Record(level: event.level, message: "\(event.message)", fields: fields)) }
    }
}
