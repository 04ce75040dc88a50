import ArgumentParser
import Domain

@main
struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flock-relay",
        abstract: "Signed, numbered, retried webhooks for the artifacts of a Flock server.",
        discussion: "Start with `flock-relay demo`, which needs no configuration.",
        version: RelayVersion.current,
        subcommands: [
            Serve.self, StatusCommand.self, Redeliver.self, Send.self, Listen.self, Verify.self, CheckConfig.self,
            Demo.self,
        ])
}
