package import Domain
internal import Foundation

/// A file that holds signing secrets.
package struct SecretFile: Sendable {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The current one first.
    package let secrets: [WebhookSecret]

    /// Reads the file: one secret a line. An LF, and a CR before that, are not part of the secret.
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
        let last = lines.removeLast()
        lines = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        if lines.isEmpty || !last.isEmpty { lines.append(last) }
        guard lines.count <= WebhookSecret.maxCount else {
            throw Problem(
                description:
                    "\(path) has more than \(WebhookSecret.maxCount) lines; write one secret a line, the current "
                    + "one first")
        }
        secrets = try lines.map { line throws(Problem) in
            guard let text = String(validating: line, as: UTF8.self), let secret = WebhookSecret(validating: text)
            else {
                throw Problem(
                    description: "\(path) has a line without a valid secret; write non-empty UTF-8 text, or whsec_ "
                        + "followed by base64")
            }
            return secret
        }
    }

    static var form: SettingForm<SecretFile> {
        SettingForm<SecretFile>(
            words: "the path of a file not readable by others", notation: .path, parse: { try SecretFile(path: $0) },
            show: { _ in "<redacted>" })
    }
}
