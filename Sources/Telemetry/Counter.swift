internal import Synchronization

/// A counter with at most one label.
package final class Counter: MetricFamily {
    let name: String
    let help: String
    let type = "counter"
    private let label: String?
    private let known: [String]
    private let counts = Mutex<[String: Int]>([:])

    init(name: String, help: String, label: String?, known: [String]) {
        self.name = name
        self.help = help
        self.label = label
        self.known = known
    }

    /// - Parameter value: the label's value, from a closed set; never an id or a URL.
    package func add(_ amount: Int = 1, _ value: String = "") {
        counts.withLock { $0[value, default: 0] += amount }
    }

    /// The counts by label value; without a label, under the empty string.
    package var byLabel: [String: Int] { counts.withLock { $0 } }

    package var total: Int { counts.withLock { $0.values.reduce(0, +) } }

    func samples() -> [MetricSample] {
        guard let label else { return [MetricSample(name: name, labels: "", value: Double(total))] }
        let all = Dictionary(known.map { ($0, 0) }) { $1 }.merging(byLabel) { $1 }
        return all.sorted { $0.key < $1.key }.map { value, count in
            MetricSample(name: name, labels: "{\(label)=\"\(value)\"}", value: Double(count))
        }
    }
}
