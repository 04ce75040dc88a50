internal import Foundation

/// A directory that exists while a test runs.
package enum TemporaryDirectory {
    /// Below `/tmp`, whatever `TMPDIR` says: paths of Unix-domain sockets must be short.
    package static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let path = "/tmp/fr-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: NSNumber(value: 0o700)])
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}
