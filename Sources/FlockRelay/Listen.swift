import ArgumentParser
import Domain
import Glibc
import NIOCore
import NIOPosix
import Receiving

struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A local receiver: verifies signatures, prints each delivery, fails on purpose.")

    @Option(help: "The port on 127.0.0.1; 0 lets the system choose.")
    var port = 9000
    @Option(help: "Verify signatures with this secret.")
    var secret: String?
    @Option(help: "Fail on purpose: 500x2 (the first two attempts of each), 503, hang, hangx1, 30%; join by commas.")
    var fail: String?
    @Flag(help: "Print bodies whole.")
    var bodies = false

    func validate() throws {
        if let secret, WebhookSecret(validating: secret) == nil {
            throw ValidationError("--secret is empty, or begins with whsec_ and is no base64 behind it.")
        }
        if let fail, FailureScript(fail) == nil {
            throw ValidationError("--fail takes parts like 500x2, 503, hang, hangx1 or 30%, joined by commas.")
        }
    }

    func run() async throws {
        let script = fail.flatMap { FailureScript($0) } ?? .none
        let showsBodies = bodies
        let receiver = Receiver(secret: secret.flatMap { WebhookSecret(validating: $0) }) { _, seen in
            script.act(seen: seen, chance: .random(in: 0..<1))
        } heard: { webhook in
            print(WebhookLine.text(webhook))
            if showsBodies { print("    " + String(decoding: webhook.body, as: UTF8.self)) }
            // Each delivery shows at once, also in a file or a pipe.
            fflush(nil)
        }
        let channel: any Channel
        do {
            channel = try await receiver.start(port: port, group: .singletonMultiThreadedEventLoopGroup)
        } catch {
            throw Failure.exit(ExitCode(64), "cannot listen on 127.0.0.1:\(port); choose another --port")
        }
        print("Listening on http://127.0.0.1:\(channel.localAddress?.port ?? port)/ — Ctrl-C ends.")
        fflush(nil)
        try await channel.closeFuture.get()
    }
}
