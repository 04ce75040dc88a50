import ArgumentParser
import Foundation

/// What is measured once in each round.
struct Subject {
    let name: String
    let measure: (inout Results) throws -> Void
}

/// Options of every command.
struct RunOptions: ParsableArguments {
    @Option(help: "Measurements of each contender; they take turns. (default: 5; resources 3, instructions 1)")
    var rounds: Int?
    @Option(parsing: .upToNextOption, help: "Contenders to measure (default: all of the workload).")
    var only: [String] = []
    @Option(parsing: .upToNextOption, help: "Contenders to leave out.") var skip: [String] = []
    @Option(
        parsing: .unconditionalSingleValue,
        help: "A further option of `flock-relay serve`, e.g. --relay-option=--sessions=1; repeatable.")
    var relayOption: [String] = []
    @Option(help: "Write all figures to this file.") var json: String?
    @Option(help: "Write plots into this folder.") var svg: String?

    /// The chosen ones of these contenders.
    ///
    /// - Throws: ``Failure`` if one is not installed or does not exist.
    func chosen(_ contenders: [any Contender]) throws -> [any Contender] {
        let names = contenders.map(\.name)
        for name in only + skip where !Contenders.names.contains(name) {
            throw ValidationError(
                "no contender is named \(name); there are \(Contenders.names.joined(separator: ", "))")
        }
        let chosen = (only.isEmpty ? contenders : contenders.filter { only.contains($0.name) })
            .filter { !skip.contains($0.name) }
        guard !chosen.isEmpty else { throw ValidationError("choose from \(names.joined(separator: ", "))") }
        for contender in chosen {
            guard let command = contender.installation else { continue }
            throw Failure(
                "\(contender.name) is not installed. Install it with `\(command)`, or leave it out with --skip \(contender.name)."
            )
        }
        return chosen
    }

    /// Measures each subject once in each round, in alternating order.
    func alternate(_ subjects: [Subject], rounds standard: Int = 5, _ results: inout Results) throws {
        let rounds = rounds ?? standard
        for round in 0..<rounds {
            for subject in round.isMultiple(of: 2) ? subjects : subjects.reversed() {
                progress("round \(round + 1) of \(rounds): \(subject.name)")
                try subject.measure(&results)
            }
        }
    }

    func progress(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints tables and writes the files.
    func publish(_ results: Results, _ contenders: [any Contender]) throws {
        let versions = Dictionary(contenders.map { ($0.name, $0.version) }) { $1 }
        let report = Report(results, versions: versions)
        print(report.text)
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
        if let svg { try Plots(results).write(to: svg) }
    }
}
