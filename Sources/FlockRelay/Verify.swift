import ArgumentParser
import Domain
import Foundation
import Webhook

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify a signature over the raw bytes of a file or stdin.",
        discussion: """
            Give the value of X-Flock-Signature with --secret; or that of webhook-signature with --id, --timestamp and \
            --secret (for v1), --public-key (for v1a), or both. The age of the timestamp is not checked.
            """)

    @Option(help: "The registered secret.")
    var secret: String?
    @Option(
        help: "The relay's public key: whpk_…, or the path of a file with it or with PEM.",
        transform: PublicKeyOption.parse)
    var publicKey: Ed25519PublicKey?
    @Option(help: "The value of the header: sha256=…, or v1,… and v1a,….")
    var signature: String
    @Option(help: "The value of webhook-id.")
    var id: String?
    @Option(help: "The value of webhook-timestamp.")
    var timestamp: Int64?
    @Argument(help: "File with the request body. [stdin]")
    var file: PathArgument?

    /// Whether the signature is from `webhook-signature`: only its entries have a comma.
    private var isStandard: Bool { signature.contains(",") }

    func validate() throws {
        if let secret, WebhookSecret(validating: secret) == nil {
            throw ValidationError("--secret must not be empty, and whsec_ must be followed by base64.")
        }
        if secret == nil && publicKey == nil { throw ValidationError("Give --secret, --public-key, or both.") }
        if isStandard, id == nil || timestamp == nil {
            throw ValidationError(
                "A webhook-signature also covers webhook-id and webhook-timestamp: give --id and --timestamp.")
        }
        if !isStandard, publicKey != nil {
            throw ValidationError("--public-key verifies v1a,… of webhook-signature: give that value to --signature.")
        }
    }

    func run() throws {
        let body = try body()
        let wrong = wrongSignatures(of: body)
        guard wrong.isEmpty else {
            throw Failure.exit(
                Failure.check,
                "no valid \(wrong.joined(separator: ", no valid ")); check the key, and use the raw bytes of the body as "
                    + "received" + (isStandard ? ", with the id and the timestamp of the same request" : ""))
        }
        print("The signature is valid.")
    }

    /// The names of the signatures that must be valid but are not.
    private func wrongSignatures(of body: [UInt8]) -> [String] {
        var wrong: [String] = []
        let secret = secret.flatMap { WebhookSecret(validating: $0) }
        guard let id, let timestamp, isStandard else {
            let isValid = secret.map { FlockSignature.verify(signature, body: body, secret: $0) } ?? false
            return isValid ? [] : ["X-Flock-Signature"]
        }
        if let secret,
            !StandardWebhooksSignature(secret: secret).verify(signature, id: id, timestamp: timestamp, body: body)
        {
            wrong.append("v1 signature")
        }
        if let publicKey,
            !AsymmetricSignature.verify(signature, id: id, timestamp: timestamp, body: body, key: publicKey)
        {
            wrong.append("v1a signature")
        }
        return wrong
    }

    private func body() throws -> [UInt8] {
        guard let file = file?.path else { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw Failure.exit(ExitCode(64), "cannot read \(file); check the path")
        }
        return Array(contents)
    }
}
