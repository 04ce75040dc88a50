internal import Configuration
internal import Delivery
internal import Events
internal import Foundation
internal import Logging
internal import Telemetry

/// Reads every setting from its sources, checks it, and fills in the defaults that depend on the machine.
package struct SettingsReader {
    private let sources: SettingsSources
    private let paths: DefaultPaths

    package init(_ sources: SettingsSources) {
        self.sources = sources
        paths = DefaultPaths(environment: sources.environment)
    }

    /// - Throws: ``SettingsError`` at the first value that is not of its form.
    package func read() throws -> Settings {
        let socket = try text(.socket) { $0.isEmpty ? try paths.eventSocket() : $0 }
        return Settings(
            socket: socket,
            statusSocket: try text(.statusSocket) { $0.isEmpty ? paths.statusSocket(beside: socket) : $0 },
            socketMode: try text(.socketMode, SettingForm.mode),
            stateDirectory: try text(.stateDirectory) { $0.isEmpty ? paths.stateDirectory : $0 },
            isEphemeral: try flag(.ephemeral), secret: try secret(), format: try text(.format, BodyFormat.init),
            retry: try retry(), timeout: try text(.timeout, positive),
            visibility: try text(.visibility, VisibilityPolicy.init),
            ordering: try text(.ordering, DeliveryOrder.init),
            concurrencyTotal: try number(.concurrencyTotal, 1...4_096),
            concurrencyPerOrigin: try number(.concurrencyPerOrigin, 1...256), sessions: try sessions(),
            caFile: try text(.caFile) { $0.isEmpty ? .some(nil) : .some($0) },
            proxy: try text(.proxy, SettingForm.proxy),
            allowNetwork: try list(.allowNetwork, IPBlock.init),
            maxLine: try text(.maxLine) { SettingForm.size($0).flatMap { (1_024...1 << 26).contains($0) ? $0 : nil } },
            registrationTTL: try text(.registrationTTL, positive),
            unmatchedGrace: try text(.unmatchedGrace, SettingForm.duration),
            historyMaxAge: try text(.historyMaxAge, SettingForm.duration),
            historyMaxDeliveries: try number(.historyMaxDeliveries, 0...10_000_000),
            outboxMax: try text(.outboxMax) { SettingForm.size($0).flatMap { $0 > 0 ? $0 : nil } },
            drainTimeout: try text(.drainTimeout, SettingForm.duration),
            logLevel: try text(.logLevel) { Logger.Level(rawValue: $0) }, logFormat: try logFormat(),
            metricsListen: try text(.metricsListen) { $0.isEmpty ? .some(nil) : TCPAddress($0).map { .some($0) } })
    }

    private func retry() throws -> RetryPolicy {
        RetryPolicy(
            maxRetries: try number(.maxRetries, 0...100), baseDelay: try text(.baseDelay, SettingForm.duration),
            multiplier: try fraction(.multiplier, 1...100), maxDelay: try text(.maxDelay, SettingForm.duration),
            jitter: try fraction(.jitter, 0...1),
            finalStatuses: Set(
                try list(.finalStatuses) { Int($0).flatMap { (300...599).contains($0) ? $0 : nil } }))
    }

    private func positive(_ text: String) -> Duration? {
        SettingForm.duration(text).flatMap { $0 > .zero ? $0 : nil }
    }

    private func sessions() throws -> Int {
        let number = try number(.sessions, 0...16)
        return number == 0 ? min(4, max(1, ProcessInfo.processInfo.activeProcessorCount)) : number
    }

    private func logFormat() throws -> LogFormat {
        try text(.logFormat) { $0.isEmpty ? (isatty(STDERR_FILENO) == 1 ? .text : .json) : LogFormat(rawValue: $0) }
    }

    /// The signing secret of registrations that bring none.
    private func secret() throws -> WebhookSecret? {
        let named = try text(.secretFile) { $0 }
        guard let path = named.isEmpty ? paths.credential("webhook-secret") : named else { return nil }
        do {
            return try SecretFile.read(path)
        } catch {
            throw SettingsError("secret-file (\(sources.source(of: .secretFile))): \(path) \(error)")
        }
    }

    // MARK: One value

    private func text<Value>(_ key: SettingKey, _ convert: (String) throws -> Value?) throws -> Value {
        try value(key, { try sources.reader.requiredString(forKey: key.configKey) }, convert)
    }

    private func number(_ key: SettingKey, _ range: ClosedRange<Int>) throws -> Int {
        try value(key, { try sources.reader.requiredInt(forKey: key.configKey) }) { range.contains($0) ? $0 : nil }
    }

    private func fraction(_ key: SettingKey, _ range: ClosedRange<Double>) throws -> Double {
        try value(key, { try sources.reader.requiredDouble(forKey: key.configKey) }) { range.contains($0) ? $0 : nil }
    }

    private func flag(_ key: SettingKey) throws -> Bool {
        try value(key, { try sources.reader.requiredBool(forKey: key.configKey) }) { $0 }
    }

    private func list<Element>(_ key: SettingKey, _ convert: (String) -> Element?) throws -> [Element] {
        try value(key, { try texts(of: key) }) { texts in
            let elements = texts.map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }.map(convert)
            return elements.contains { $0 == nil } ? nil : elements.compactMap { $0 }
        }
    }

    /// A file may hold the list as numbers.
    private func texts(of key: SettingKey) throws -> [String] {
        do {
            return try sources.reader.requiredStringArray(forKey: key.configKey)
        } catch {
            return try sources.reader.requiredIntArray(forKey: key.configKey).map(String.init)
        }
    }

    private func value<Raw, Value>(
        _ key: SettingKey, _ read: () throws -> Raw, _ convert: (Raw) throws -> Value?
    ) throws -> Value {
        let raw = try? read()
        if let raw, let value = try convert(raw) { return value }
        // A proxy's URL may hold a password.
        let isSecret = key == .proxy && raw.map { "\($0)".contains("@") } ?? false
        let shown = isSecret ? "" : raw.map { " is \"\($0)\" and" } ?? ""
        throw SettingsError("\(key.name) (\(sources.source(of: key)))\(shown) must be \(key.form)")
    }
}

/// Reads a file that holds a secret.
enum SecretFile {
    /// Why the file is no good.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// One trailing LF is stripped.
    static func read(_ path: String) throws -> WebhookSecret {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let data = FileManager.default.contents(atPath: path)
        else { throw Problem(description: "cannot be read; check the path and its permissions") }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else { throw Problem(description: "is readable by others; run: chmod o= \(path)") }
        var bytes = Array(data)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), let secret = WebhookSecret(validating: text) else {
            throw Problem(description: "holds no secret: it is empty, not UTF-8, or whsec_ without base64 behind it")
        }
        return secret
    }
}
