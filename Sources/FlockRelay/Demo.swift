import ArgumentParser
import Daemon
import Domain
import NIOCore
import NIOPosix
import Receiving

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a relay, a receiver and two workflows, in a temporary directory.",
        discussion: """
            Starts a relay and a receiver, publishes two small workflows as Flock does, and shows signed, ordered \
            deliveries, one that fails twice and is recovered, and then the status. Exits by itself.
            """)

    func run() async throws {
        let stage = try DemoStage()
        defer { stage.clear() }
        let receiver = Receiver(secret: WebhookSecret(validating: DemoStage.secret), act: DemoStage.act) { webhook in
            stage.show(webhook)
        }
        let channel = try await receiver.start(port: 0, group: .singletonMultiThreadedEventLoopGroup)
        let port = channel.localAddress?.port ?? 0
        let daemon = try await stage.daemon()
        let finished = AsyncStream<Void>.makeStream()
        let started = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                try await daemon.run(
                    started: { started.continuation.finish() },
                    stopped: { for await _ in finished.stream {} })
            }
            for await _ in started.stream {}
            do {
                try await stage.perform(port: port)
            } catch {
                finished.continuation.finish()
                throw error
            }
            finished.continuation.finish()
            try await tasks.waitForAll()
        }
    }
}
