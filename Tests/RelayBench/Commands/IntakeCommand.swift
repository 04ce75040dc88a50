import ArgumentParser

/// Acknowledged lines a second.
struct IntakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake", abstract: "Acknowledged lines a second, while nothing is delivered.")

    @Option(parsing: .upToNextOption, help: "artifacts, tokens, unmatched: what is written.")
    var workload: [Intake.Kind] = Intake.Kind.allCases
    @Option(help: "Bytes of a line with an artifact.") var bytes = 1_000
    @Option(help: "Seconds of one measurement.") var seconds = 3.0
    @Option(help: "Seconds of load before it.") var warmUp = 1.0
    @OptionGroup var options: RunOptions

    func run() throws {
        // Attempts that time out during a measurement would be measured too.
        let contenders = Contenders(relayOptions: ["--timeout", "1h"] + options.relayOption)
        let chosen = try options.chosen(contenders.relays)
        var results = Results()
        for kind in workload {
            let intake = Intake(kind: kind, bytes: bytes, seconds: seconds, warmUp: warmUp)
            let subjects = chosen.map { contender in
                Subject(name: contender.name) { try intake.measure(contender, into: &$0) }
            }
            try options.alternate(subjects, &results)
        }
        try options.publish(results, chosen)
    }
}

extension Intake.Kind: ExpressibleByArgument {}
