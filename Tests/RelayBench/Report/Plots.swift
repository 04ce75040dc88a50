import Foundation

/// The plots of a run.
struct Plots {
    private let results: Results

    init(_ results: Results) { self.results = results }

    /// Writes a bar chart for each workload's main figure, and percentile curves where latencies were measured.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for workload in results.workloads {
            for (figure, file) in Self.bars where results.figures(workload).contains(figure) {
                let rows = results.rows.filter { $0.workload == workload && $0.figure == figure }
                // Beside wrk, nothing else can be told apart.
                let bars = rows.filter { $0.contender != Wrk().name }.map { ($0.contender, $0.sample) }
                try write(BarChart(title: "\(figure): \(workload)", bars: bars).svg, folder, "\(workload) \(file)")
            }
            let curves = results.latencies.filter { $0.workload == workload }.map { ($0.contender, $0.sample) }
            guard !curves.isEmpty else { continue }
            let title = "\(Figure.latency): \(workload)"
            try write(PercentileCurves(title: title, curves: curves).svg, folder, "\(workload) latency")
        }
    }

    /// Figures that are drawn as bars, and how their files are named.
    private static let bars = [
        (Figure.rate, "rate"), (Figure.cpu, "cpu"), (Figure.lines, "rate"), (Figure.cpuPerLine, "cpu"),
    ]

    private func write(_ svg: String, _ folder: String, _ name: String) throws {
        let file = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let path = "\(folder)/\(String(file).split(separator: "-").joined(separator: "-")).svg"
        try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
    }
}
