package import Domain
internal import Foundation

/// A file that holds signing secrets.
package struct SecretFile: Sendable {
    /// The current one first.
    package let secrets: [WebhookSecret]

    /// Reads the file: one secret a line. An LF, and a CR before that, are not part of the secret.
    init(path: String) throws(PrivateFile.Problem) {
        var lines = try PrivateFile.contents(of: path).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = lines.removeLast()
        lines = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        if lines.isEmpty || !last.isEmpty { lines.append(last) }
        guard lines.count <= WebhookSecret.maxCount else {
            throw PrivateFile.Problem(
                description:
                    "\(path) has more than \(WebhookSecret.maxCount) lines; write one secret a line, the current "
                    + "one first")
        }
        secrets = try lines.map { line throws(PrivateFile.Problem) in
            guard let text = String(validating: line, as: UTF8.self), let secret = WebhookSecret(validating: text)
            else {
                throw PrivateFile.Problem(
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
