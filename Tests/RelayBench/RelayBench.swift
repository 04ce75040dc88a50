import ArgumentParser

/// Measures the relay beside what one would use instead of it.
@main struct RelayBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay-bench",
        abstract: "Measure the relay beside what one would use instead of it.",
        discussion: "docs/benchmarks.md describes contenders, workloads and figures.",
        subcommands: [
            ThroughputCommand.self, LatencyCommand.self, IntakeCommand.self, RegistrationsCommand.self,
            NativeSender.self,
        ],
        defaultSubcommand: ThroughputCommand.self)
}
