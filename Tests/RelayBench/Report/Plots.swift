import Foundation

/// The plots of a run.
struct Plots {
    private let results: Results

    init(_ results: Results) { self.results = results }

    /// Writes a bar chart for each workload's main figure, and percentile curves where latencies were measured.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for workload in results.workloads {
            for figure in [Figure.rate, Figure.cpu, Figure.lines] where results.figures(workload).contains(figure) {
                let bars = results.contenders(workload).compactMap { results.row(workload, $0, figure) }
                try write(
                    BarChart(title: "\(figure): \(workload)", bars: bars.map { ($0.contender, $0.sample) }).svg, folder,
                    "\(workload) \(figure)")
            }
            let curves = results.latencies.filter { $0.workload == workload }.map { ($0.contender, $0.sample) }
            if !curves.isEmpty {
                let title = "latency, ms: \(workload)"
                try write(PercentileCurves(title: title, curves: curves).svg, folder, "\(workload) latency")
            }
        }
    }

    private func write(_ svg: String, _ folder: String, _ name: String) throws {
        let file = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let path = "\(folder)/\(String(file).split(separator: "-").joined(separator: "-")).svg"
        try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
    }
}
