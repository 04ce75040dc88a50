import ArgumentParser
import Foundation

/// Instructions of an event.
struct InstructionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instructions",
        abstract: "Instructions that the relay executes for an event, which can be compared on any machine.",
        discussion: "Needs valgrind. A round takes two minutes: valgrind is about 50 times slower.")

    @Option(parsing: .upToNextOption, help: "tokens, unmatched, durable, ephemeral.")
    var workload: [Instructions.Kind] = Instructions.Kind.allCases
    @Option(help: "Events of the longer run; the shorter one has a quarter.") var count = 4_096
    @Option(help: "Write callgrind's profile of each workload's longer run to this folder.") var profiles: String?
    @OptionGroup var options: RunOptions

    func run() throws {
        if let command = Instructions.installation {
            throw Failure("valgrind is not installed. Install it with `\(command)`.")
        }
        let contenders = Contenders(relayOptions: ["--timeout", "10m"] + options.relayOption)
        _ = try options.chosen([contenders.durable])
        if let profiles {
            try FileManager.default.createDirectory(atPath: profiles, withIntermediateDirectories: true)
        }
        var results = Results()
        let subjects = workload.map { kind in
            let relay = kind == .ephemeral ? contenders.ephemeral : contenders.durable
            let profile = profiles.map { "\($0)/callgrind.out.\(kind.rawValue)" }
            return Subject(name: kind.rawValue) {
                try Instructions(relay: relay, kind: kind, counts: (count / 4, count), profile: profile)
                    .measure(into: &$0)
            }
        }
        try options.alternate(subjects, rounds: 1, &results)
        try options.publish(results, [contenders.durable])
    }
}

extension Instructions.Kind: ExpressibleByArgument {}
