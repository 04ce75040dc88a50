import Foundation

/// A run with everything that is necessary to repeat it.
struct Report: Encodable {
    let command: String
    let date: String
    let machine: Machine
    /// Contender → what it is.
    let versions: [String: String]
    let figures: [Results.Row]
    let latencies: [LatencyCurve]
    let remarks: [String]
    private let results: Results

    private enum CodingKeys: CodingKey { case command, date, machine, versions, figures, latencies, remarks }

    /// - Parameter versions: of the contenders that were measured.
    init(_ results: Results, versions: [String: String]) {
        self.results = results
        figures = results.rows
        latencies = results.latencies.map { LatencyCurve($0) }
        remarks = results.remarks
        self.versions = versions
        machine = .current
        command = (["relay-bench"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
        date = Date().formatted(.iso8601)
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }

    /// Markdown.
    var text: String {
        let place =
            "\(machine.processor), \(machine.cores) cores, \(machine.memoryGiB) GiB, \(machine.system), Linux \(machine.kernel)"
        let contenders = versions.sorted { $0.key < $1.key }.map { "* \($0.key): \($0.value)" }
        let head = ["`\(command)`", "\(date), \(place)", contenders.joined(separator: "\n")]
        let tables = results.workloads.map { MarkdownTable(results, workload: $0).text }
        let remarks = results.remarks.isEmpty ? [] : [results.remarks.map { "* \($0)" }.joined(separator: "\n")]
        return (head + tables + remarks).joined(separator: "\n\n")
    }
}
