#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Domain
internal import Glibc
package import Logging

/// Writes each record as one line to stderr.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let threshold: LogThreshold
    private let format: LogFormat

    package init(format: LogFormat, threshold: LogThreshold) {
        self.format = format
        self.threshold = threshold
    }

    /// Shared by all loggers of the process.
    package var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.level = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let line = format == .json ? json(event, fields) : text(event, fields)
        let bytes = Array(line.utf8)
        // One call per record, so that lines of two threads never mix. An error loses only the line.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(_ event: LogEvent, _ fields: [String: String]) -> String {
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted($0.value))" }.joined()
        return "\(WallTime.system.iso8601) \(event.level) \(event.message)\(pairs)\n"
    }

    private func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isPlain ? value : encoded(value)
    }

    private func json(_ event: LogEvent, _ fields: [String: String]) -> String {
        var pairs = [
            ("time", WallTime.system.iso8601), ("level", "\(event.level)"), ("message", "\(event.message)"),
        ]
        pairs += fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return "{" + pairs.map { "\(encoded($0.0)):\(encoded($0.1))" }.joined(separator: ",") + "}\n"
    }

    /// As a JSON string, in which the encoder leaves some control characters as they are.
    private func encoded(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let string = (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        return ControlCharacters.escaped(string)
    }
}
