import ArgumentParser

/// Latency on a real Flock server.
struct FlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flock",
        abstract: "Time from an artifact's creation on a real Flock server to its request at the receiver.",
        discussion: "Contenders: durable and ephemeral behind the bridge, and flock, Flock's own webhooks.")

    @Option(help: "Workflows a second; each has 4 artifacts.") var rate = 20.0
    @Option(help: "Seconds of one measurement.") var seconds = 15.0
    @OptionGroup var options: RunOptions

    func run() throws {
        let contenders = Contenders(relayOptions: options.relayOption)
        let chosen = try options.chosen([contenders.durable, contenders.ephemeral, contenders.flock])
        if let command = contenders.flock.installation {
            throw Failure("flock-core is not installed. Install it with `\(command)`.")
        }
        let latency = FlockLatency(workflowsPerSecond: rate, seconds: seconds, warmUp: 3)
        let subjects = chosen.map { contender in
            Subject(name: contender.name) { results in
                if let relay = contender as? Relay {
                    try latency.measure(FlockWithBridge(relay: relay), into: &results)
                } else if let flock = contender as? FlockWebhooks {
                    try latency.measure(flock, into: &results)
                }
            }
        }
        var results = Results()
        try options.alternate(subjects, &results)
        try options.publish(results, chosen)
    }
}
