import ArgumentParser

/// Measures the relay beside what one would use instead of it.
@main struct RelayBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay-bench",
        abstract: "Measure the relay beside what one would use instead of it.",
        discussion: "docs/benchmarks.md describes contenders, workloads and figures.",
        subcommands: [
            ThroughputCommand.self, LatencyCommand.self, FlockCommand.self, IntakeCommand.self,
            RegistrationsCommand.self, ResourcesCommand.self, InstructionsCommand.self, NativeSender.self,
            TransportSender.self,
        ],
        defaultSubcommand: ThroughputCommand.self)
}
