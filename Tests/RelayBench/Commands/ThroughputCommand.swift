import ArgumentParser

/// Deliveries a second under full load.
struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput", abstract: "Deliveries a second and processor time of each, under full load.",
        discussion: "transport, flock and flock-sender take part if --only names them.")

    enum Kind: String, CaseIterable, ExpressibleByArgument { case one, receivers, large, huge, https }

    @Option(
        parsing: .upToNextOption,
        help: "one: 1 KB to 1 receiver. receivers: to 100. large: 10 KB. huge: 1 MB. https: over TLS.")
    var workload: [Kind] = [.one]
    @Option(help: "Seconds of one measurement.") var seconds = 3.0
    @Option(help: "Seconds of load before it.") var warmUp = 1.0
    @OptionGroup var options: RunOptions

    func run() throws {
        let contenders = Contenders(relayOptions: options.relayOption)
        let chosen = try options.chosen(options.only.isEmpty ? contenders.quick : contenders.all)
        if workload.contains(.https), let command = NginxReceiver.installation {
            throw Failure("nginx is not installed. Install it with `\(command)`.")
        }
        var results = Results()
        for kind in workload {
            let throughput = throughput(kind)
            let subjects = chosen.filter { kind != .https || $0.takesAuthority }.map { contender in
                Subject(name: contender.name) { try throughput.measure(contender, into: &$0) }
            }
            try options.alternate(subjects, &results)
        }
        try options.publish(results, chosen)
    }

    private func throughput(_ kind: Kind) -> Throughput {
        let (name, target, bytes): (String, Throughput.Target, Int) =
            switch kind {
            case .one: ("1 receiver, 1 KB", .sink(origins: 1), 1_000)
            case .receivers: ("100 receivers, 1 KB", .sink(origins: 100), 1_000)
            case .large: ("1 receiver, 10 KB", .sink(origins: 1), 10_000)
            case .huge: ("1 receiver, 1 MB", .sink(origins: 1), 1_000_000)
            case .https: ("1 receiver, 1 KB, https", .https, 1_000)
            }
        return Throughput(name: name, target: target, bytes: bytes, seconds: seconds, warmUp: warmUp)
    }
}
