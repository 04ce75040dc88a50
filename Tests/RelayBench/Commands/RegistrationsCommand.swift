import ArgumentParser

/// The cost of an event with few and with many registrations.
struct RegistrationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registrations", abstract: "Processor time of an event with few and with many registrations.")

    @Option(help: "The smaller number of registrations.") var few = 1_000
    @Option(help: "The larger number of registrations.") var many = 1_000_000
    @Option(help: "Workflows that have artifacts (default: the smaller number).") var active: Int?
    @Option(help: "Artifacts of one measurement.") var count = 20_000
    @OptionGroup var options: RunOptions

    func run() throws {
        let contenders = Contenders(relayOptions: options.relayOption)
        let chosen = try options.chosen([contenders.durable, contenders.ephemeral])
        var results = Results()
        for contender in chosen {
            options.progress("registering \(many) workflows: \(contender.name)")
            let relays = try [few, many].map {
                try RegisteredRelay(contender, registrations: $0, active: min(active ?? few, $0))
            }
            let subjects = relays.map { relay in
                Subject(name: relay.name) { try relay.measure(count: count, as: contender.name, into: &$0) }
            }
            try options.alternate(subjects, &results)
        }
        try options.publish(results, chosen)
    }
}
