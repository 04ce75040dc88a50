import ArgumentParser

/// Start, memory and disk.
struct ResourcesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resources",
        abstract: "Time to start, resident memory and bytes on disk, empty and with many pending deliveries.",
        discussion: "Memory at full load is a figure of `throughput`. --rounds is the number of starts.")

    @Option(help: "Pending deliveries of 1 KB.") var pending = 1_000_000
    @Option(help: "Delivered artifacts whose traces on disk are measured.") var remembered = 100_000
    @OptionGroup var options: RunOptions

    func run() throws {
        // Attempts that time out during a measurement would be measured too.
        let contenders = Contenders(relayOptions: ["--timeout", "1h", "--drain-timeout", "1s"] + options.relayOption)
        let chosen = try options.chosen(contenders.relays)
        var results = Results()
        for contender in chosen {
            options.progress(contender.name)
            let resources = Resources(
                contender: contender, pending: pending, remembered: remembered, starts: options.rounds ?? 3)
            try resources.measure(into: &results)
        }
        try options.publish(results, chosen)
    }
}
