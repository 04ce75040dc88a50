#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Domain
package import Logging

/// Formats each record as one line, and adds it to the ``LogBuffer``.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let threshold: LogThreshold
    private let format: LogFormat
    private let buffer: LogBuffer

    package init(format: LogFormat, threshold: LogThreshold, buffer: LogBuffer) {
        self.format = format
        self.buffer = buffer
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
        let own = event.metadata ?? [:]
        let fields = metadata.isEmpty ? own : metadata.merging(own) { $1 }
        buffer.add(line(event.level, "\(event.message)", fields), isUrgent: event.level >= .notice) { count in
            line(
                .warning, "Log records were dropped, because the log is read too slowly",
                ["count": .stringConvertible(count)])
        }
    }

    private func line(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) -> String {
        format == .json ? json(level, message, fields) : text(level, message, fields)
    }

    private func text(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) -> String {
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
        return "\(WallTime.system.iso8601) \(level) \(message)\(pairs)\n"
    }

    private func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isPlain ? value : encoded(value)
    }

    private func json(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) -> String {
        var line = "{\"time\":\"\(WallTime.system.iso8601)\",\"level\":\"\(level)\",\"message\":"
        line += encoded(message)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += ","
            line += encoded(key)
            line += ":"
            line += number(value) ?? encoded("\(value)")
        }
        return line + "}\n"
    }

    /// nil unless the value was given as a number. JSON has no infinity and no NaN.
    private func number(_ value: Logger.MetadataValue) -> String? {
        guard case .stringConvertible(let value) = value else { return nil }
        return switch value {
        // Most are `Int`, and a cast to a protocol is slow.
        case let value as Int: "\(value)"
        case let value as Double where value.isFinite: "\(value)"
        case let value as any BinaryInteger: "\(value)"
        default: nil
        }
    }

    /// As a JSON string, in which the encoder leaves some control characters as they are.
    private func encoded(_ text: String) -> String {
        // Saves the encoder, which would take most of the time of a record.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        if isPlain { return "\"\(text)\"" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let string = (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        return ControlCharacters.escaped(string)
    }
}
