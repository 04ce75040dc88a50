import Foundation
import TestSupport
import Testing

/// A key pair made by the `openssl` command, which also verifies with it: independent of the relay's code.
struct OpenSSLKeyPair {
    let directory: String
    /// The path of the private key, PKCS #8 in PEM, mode 0600.
    let privateKey: String
    /// The path of the public key in PEM.
    let publicKey: String
    /// The public key in the form of Standard Webhooks.
    let text: String

    init(in directory: String, name: String = "key") async throws {
        self.directory = directory
        privateKey = "\(directory)/\(name)"
        publicKey = "\(directory)/\(name).pub"
        _ = try await Self.openssl("genpkey", "-algorithm", "ed25519", "-out", privateKey)
        _ = try await Self.openssl("pkey", "-in", privateKey, "-pubout", "-out", publicKey)
        let der = "\(directory)/\(name).der"
        _ = try await Self.openssl("pkey", "-in", privateKey, "-pubout", "-outform", "DER", "-out", der)
        // RFC 8410: a header of twelve bytes, then the key.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: der))
        text = "whpk_" + bytes.suffix(32).base64EncodedString()
        #expect(bytes.count == 44)
    }

    /// Whether a request has exactly one `v1a` signature, and that is valid.
    func verifies(_ request: RawRequest) async throws -> Bool {
        guard let id = request.header("webhook-id"), let time = request.header("webhook-timestamp"),
            let entries = request.header("webhook-signature")?.split(separator: " ").filter({ $0.hasPrefix("v1a,") }),
            entries.count == 1, let signature = Data(base64Encoded: String(entries[0].dropFirst(4)))
        else { return false }
        let files = ["message", "signature"].map { "\(directory)/\($0)" }
        try Data(Array("\(id).\(time).".utf8) + request.body).write(to: URL(fileURLWithPath: files[0]))
        try signature.write(to: URL(fileURLWithPath: files[1]))
        let result = try await Binary.run(
            "openssl",
            ["pkeyutl", "-verify", "-pubin", "-inkey", publicKey, "-rawin", "-in", files[0], "-sigfile", files[1]])
        return result.exit == .code(0)
    }

    private static func openssl(_ arguments: String...) async throws -> Binary.Result {
        let result = try await Binary.run("openssl", arguments)
        #expect(result.exit == .code(0), "openssl \(arguments): \(result.error)")
        return result
    }
}
