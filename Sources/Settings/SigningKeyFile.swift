internal import Foundation
internal import Webhook

/// A file that holds the private key with which the relay signs every request.
struct SigningKeyFile: Sendable {
    let key: Ed25519PrivateKey

    init(path: String) throws(PrivateFile.Problem) {
        let text = String(decoding: try PrivateFile.contents(of: path), as: UTF8.self)
        do {
            key = try Ed25519PrivateKey(text: text)
        } catch {
            throw PrivateFile.Problem(description: "\(path): \(error)")
        }
    }

    static var form: SettingForm<SigningKeyFile> {
        SettingForm<SigningKeyFile>(
            words: "the path of a file not readable by others", notation: .path,
            parse: { try SigningKeyFile(path: $0) }, show: { _ in "<redacted>" })
    }
}
