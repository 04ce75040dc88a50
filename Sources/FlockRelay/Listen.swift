import ArgumentParser
import Domain
import Glibc
import NIOCore
import NIOPosix
import Receiving
import Webhook

struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a local receiver that verifies signatures, prints each delivery, and can fail on purpose.")

    @Option(help: "The port on 127.0.0.1; 0 lets the system choose.")
    var port = 9000
    @Option(help: "Verify signatures with this secret.")
    var secret: String?
    @Option(
        help:
            "Verify Ed25519 signatures (v1a) with this public key: whpk_…, or the path of a file with it or with PEM.",
        transform: PublicKeyOption.parse)
    var publicKey: Ed25519PublicKey?
    @Option(help: "Fail on purpose: 500x2 (the first two attempts of each), 503, hang, hangx1, 30%; join by commas.")
    var fail: String?
    @Flag(help: "Print bodies in full.")
    var bodies = false

    func validate() throws {
        if let secret, WebhookSecret(validating: secret) == nil {
            throw ValidationError("--secret must not be empty, and whsec_ must be followed by base64.")
        }
        if let fail, FailureScript(fail) == nil {
            throw ValidationError("--fail must be 500x2, 503, hang, hangx1, 30% or the like; join several by commas.")
        }
    }

    func run() async throws {
        let script = fail.flatMap { FailureScript($0) } ?? .none
        let showsBodies = bodies
        let receiver = Receiver(
            secret: secret.flatMap { WebhookSecret(validating: $0) }, publicKey: publicKey
        ) { _, seen in
            script.act(seen: seen, chance: .random(in: 0..<1))
        } heard: { webhook in
            print(WebhookLine.text(webhook))
            if showsBodies { print("    " + ControlCharacters.escaped(String(decoding: webhook.body, as: UTF8.self))) }
            // Shows each delivery at once, even in a file or a pipe.
            fflush(nil)
        }
        let channel: any Channel
        do {
            channel = try await receiver.start(port: port, group: .singletonMultiThreadedEventLoopGroup)
        } catch {
            throw Failure.exit(ExitCode(64), "cannot listen on 127.0.0.1:\(port); choose another --port")
        }
        print("Listening on http://127.0.0.1:\(channel.localAddress?.port ?? port)/ — press Ctrl-C to stop.")
        fflush(nil)
        try await channel.closeFuture.get()
    }
}
