internal import Domain
internal import Foundation
internal import Webhook

/// A file that holds the private key with which the relay signs every request.
struct SigningKeyFile: Sendable {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let key: Ed25519PrivateKey

    init(path: String) throws(Problem) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let data = FileManager.default.contents(atPath: path)
        else { throw Problem(description: "\(path) cannot be read; check the path and its permissions") }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else {
            throw Problem(description: "\(path) is readable by others; run: chmod o= \(path)")
        }
        let text = String(decoding: ByteOrderMark.dropped(from: data), as: UTF8.self)
        do {
            key = try Ed25519PrivateKey(text: text)
        } catch {
            throw Problem(description: "\(path): \(error)")
        }
    }

    static var form: SettingForm<SigningKeyFile> {
        SettingForm<SigningKeyFile>(
            words: "the path of a file not readable by others", notation: .path,
            parse: { try SigningKeyFile(path: $0) }, show: { _ in "<redacted>" })
    }
}
