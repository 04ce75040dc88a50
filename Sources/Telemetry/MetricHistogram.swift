internal import Synchronization

/// Counts values by size.
package final class MetricHistogram: MetricFamily {
    let name: String
    let help: String
    let type = "histogram"
    private let edges: [Double]
    private let state: Mutex<State>

    private struct State {
        /// One more than there are edges: the last one counts values above all edges.
        var counts: [Int]
        var sum = 0.0
    }

    init(name: String, help: String, edges: [Double]) {
        self.name = name
        self.help = help
        self.edges = edges
        state = Mutex(State(counts: Array(repeating: 0, count: edges.count + 1)))
    }

    package func record(_ value: Double) {
        let bucket = edges.firstIndex { value <= $0 } ?? edges.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func samples() -> [MetricSample] {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        var samples: [MetricSample] = []
        for (count, edge) in zip(counts, edges.map { "\($0)" } + ["+Inf"]) {
            total += count
            samples.append(MetricSample(name: name + "_bucket", labels: "{le=\"\(edge)\"}", value: Double(total)))
        }
        return samples + [
            MetricSample(name: name + "_sum", labels: "", value: sum),
            MetricSample(name: name + "_count", labels: "", value: Double(total)),
        ]
    }
}
