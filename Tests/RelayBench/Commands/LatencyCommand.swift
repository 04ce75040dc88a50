import ArgumentParser

/// Latency at a fixed rate, and at half of the highest.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract:
            "Time from a line's write to its request at the receiver: at a fixed rate, and at half of the highest.")

    enum Kind: String, CaseIterable, ExpressibleByArgument { case fixed, half }

    @Option(parsing: .upToNextOption, help: "fixed: at --rate. half: at half of the rate under full load.")
    var workload: [Kind] = Kind.allCases
    @Option(help: "Artifacts a second of `fixed`.") var rate = 100.0
    @Option(help: "Seconds of one measurement.") var seconds = 10.0
    @OptionGroup var options: RunOptions

    func run() throws {
        let contenders = Contenders(relayOptions: options.relayOption)
        let chosen = try options.chosen(contenders.relays + [contenders.syslogNG])
        var results = Results()
        if workload.contains(.fixed) { try measureFixed(chosen, &results) }
        if workload.contains(.half) { try measureHalf(chosen, &results) }
        try options.publish(results, chosen)
    }

    private func measureFixed(_ chosen: [any Contender], _ results: inout Results) throws {
        let latency = Latency(name: "\(Int(rate)) artifacts/s, 1 KB", bytes: 1_000, seconds: seconds, warmUp: 2)
        let posts = [false, true].map { synced in
            Subject(name: Latency.post(synced: synced)) {
                try latency.measurePost(synced: synced, perSecond: rate, into: &$0)
            }
        }
        let subjects = chosen.map { contender in
            Subject(name: contender.name) { try latency.measure(contender, perSecond: rate, into: &$0) }
        }
        try options.alternate(posts + subjects, &results)
    }

    private func measureHalf(_ chosen: [any Contender], _ results: inout Results) throws {
        let latency = Latency(name: "half of the highest rate, 1 KB", bytes: 1_000, seconds: seconds, warmUp: 2)
        let subjects = try chosen.map { contender in
            options.progress("highest rate of \(contender.name)")
            let highest = try highestRate(contender)
            return Subject(name: contender.name) { try latency.measure(contender, perSecond: highest / 2, into: &$0) }
        }
        try options.alternate(subjects, &results)
    }

    private func highestRate(_ contender: any Contender) throws -> Double {
        let full = Throughput(name: "full load", target: .sink(origins: 1), bytes: 1_000, seconds: 3, warmUp: 1)
        var results = Results()
        for _ in 0..<3 { try full.measure(contender, into: &results) }
        return results.row(full.name, contender.name, Figure.rate)?.sample.median ?? 0
    }
}
