import Foundation

/// All figures of a run, in the order in which they were first recorded.
struct Results {
    /// One figure of one contender, with a value for each round.
    struct Row: Encodable {
        let workload: String
        let contender: String
        let figure: String
        var values: [Double]

        var sample: Sample { Sample(values) }
    }

    private(set) var rows: [Row] = []
    /// Latencies in milliseconds of all rounds together, by workload and contender.
    private(set) var latencies: [Row] = []
    /// What went wrong without ending the run, e.g. lost deliveries.
    private(set) var remarks: [String] = []

    mutating func add(_ workload: String, _ contender: String, _ figure: String, _ value: Double) {
        Self.append([value], Row(workload: workload, contender: contender, figure: figure, values: []), to: &rows)
    }

    mutating func add(latencies milliseconds: [Double], _ workload: String, _ contender: String) {
        let row = Row(workload: workload, contender: contender, figure: Figure.latency, values: [])
        Self.append(milliseconds, row, to: &latencies)
        for (name, fraction) in [("p50, ms", 0.5), ("p95, ms", 0.95), ("p99, ms", 0.99)] {
            add(workload, contender, name, Sample(milliseconds).percentile(fraction))
        }
    }

    mutating func remark(_ text: String) { remarks.append(text) }

    var workloads: [String] { rows.map(\.workload).unique }
    func figures(_ workload: String) -> [String] { rows.filter { $0.workload == workload }.map(\.figure).unique }
    func contenders(_ workload: String) -> [String] { rows.filter { $0.workload == workload }.map(\.contender).unique }

    func row(_ workload: String, _ contender: String, _ figure: String) -> Row? {
        rows.first { $0.workload == workload && $0.contender == contender && $0.figure == figure }
    }

    /// The quotient of two contenders' values in each round; nil unless both have a value for each.
    func ratio(_ workload: String, _ figure: String, _ contender: String, to other: String) -> Sample? {
        guard let upper = row(workload, contender, figure)?.values, let lower = row(workload, other, figure)?.values,
            upper.count == lower.count
        else { return nil }
        return Sample(zip(upper, lower).map { $0 / $1 })
    }

    private static func append(_ values: [Double], _ row: Row, to rows: inout [Row]) {
        let index = rows.firstIndex {
            $0.workload == row.workload && $0.contender == row.contender && $0.figure == row.figure
        }
        if let index { rows[index].values += values } else { rows.append(Row(row, values)) }
    }
}

extension Results.Row {
    fileprivate init(_ row: Self, _ values: [Double]) {
        self.init(workload: row.workload, contender: row.contender, figure: row.figure, values: values)
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in order.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
