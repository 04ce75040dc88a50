package import Domain
internal import Foundation

/// A file that holds a signing secret.
package struct SecretFile: Sendable {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    package let secret: WebhookSecret

    /// Reads the file. A final LF, and a CR before it, are not part of the secret.
    init(path: String) throws(Problem) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let data = FileManager.default.contents(atPath: path)
        else { throw Problem(description: "\(path) cannot be read; check the path and its permissions") }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else {
            throw Problem(description: "\(path) is readable by others; run: chmod o= \(path)")
        }
        var bytes = Array(data)
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self), let secret = WebhookSecret(validating: text) else {
            throw Problem(
                description: "\(path) has no valid secret; write non-empty UTF-8 text, or whsec_ followed by base64")
        }
        self.secret = secret
    }

    static var form: SettingForm<SecretFile> {
        SettingForm<SecretFile>(
            words: "the path of a file not readable by others", parse: { try SecretFile(path: $0) },
            show: { _ in "<redacted>" })
    }
}
