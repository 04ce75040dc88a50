import ArgumentParser
import Domain
import Foundation
import Webhook

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify an X-Flock-Signature over the raw bytes of a file or stdin.")

    @Option(help: "The registered secret.")
    var secret: String
    @Option(help: "The value of the header: sha256=…")
    var signature: String
    @Argument(help: "File with the request body. [stdin]")
    var file: PathArgument?

    func validate() throws {
        if WebhookSecret(validating: secret) == nil {
            throw ValidationError("--secret must not be empty, and whsec_ must be followed by base64.")
        }
    }

    func run() throws {
        guard let secret = WebhookSecret(validating: secret) else { return }
        let body: Data
        if let file = file?.path {
            guard let contents = FileManager.default.contents(atPath: file) else {
                throw Failure.exit(ExitCode(64), "cannot read \(file); check the path")
            }
            body = contents
        } else {
            body = FileHandle.standardInput.readDataToEndOfFile()
        }
        guard FlockSignature.verify(signature, body: Array(body), secret: secret) else {
            throw Failure.exit(
                Failure.check,
                "the signature does not match; check the secret, and use the raw bytes of the body as received")
        }
        print("The signature is valid.")
    }
}
