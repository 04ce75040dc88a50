package import Domain
internal import Foundation

/// A file that holds a signing secret.
package struct SecretFile: Sendable {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    package let secret: WebhookSecret

    /// Reads the file: one line, whose LF, and a CR before that, are not part of the secret.
    init(path: String) throws(Problem) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let data = FileManager.default.contents(atPath: path)
        else { throw Problem(description: "\(path) cannot be read; check the path and its permissions") }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else {
            throw Problem(description: "\(path) is readable by others; run: chmod o= \(path)")
        }
        var lines = ByteOrderMark.dropped(from: data).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.count > 1, let last = lines.popLast() {
            guard lines.count == 1, last.isEmpty else {
                throw Problem(description: "\(path) has several lines; it must hold one secret, in one line")
            }
            if lines[0].last == UInt8(ascii: "\r") { lines[0].removeLast() }
        }
        guard let text = String(validating: lines[0], as: UTF8.self), let secret = WebhookSecret(validating: text)
        else {
            throw Problem(
                description: "\(path) has no valid secret; write non-empty UTF-8 text, or whsec_ followed by base64")
        }
        self.secret = secret
    }

    static var form: SettingForm<SecretFile> {
        SettingForm<SecretFile>(
            words: "the path of a file not readable by others", notation: .path, parse: { try SecretFile(path: $0) },
            show: { _ in "<redacted>" })
    }
}
