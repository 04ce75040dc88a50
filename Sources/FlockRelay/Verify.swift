import ArgumentParser
import Domain
import Foundation
import Webhook

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check an X-Flock-Signature over the raw bytes of a file or stdin.")

    @Option(help: "The secret, as it was registered.")
    var secret: String
    @Option(help: "The header's value, sha256=… .")
    var signature: String
    @Argument(help: "The request's body. [stdin]")
    var file: String?

    func validate() throws {
        if WebhookSecret(validating: secret) == nil {
            throw ValidationError("--secret is empty, or begins with whsec_ and is no base64 behind it.")
        }
    }

    func run() throws {
        guard let secret = WebhookSecret(validating: secret) else { return }
        let body: Data
        if let file {
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
                "the signature does not fit; check the secret, and that the body is the raw bytes as received")
        }
        print("The signature is valid.")
    }
}
