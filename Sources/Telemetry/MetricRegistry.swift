internal import Synchronization

/// The instruments of this process and their Prometheus text form (exposition format 0.0.4).
package final class MetricRegistry: Sendable {
    private let families = Mutex<[any MetricFamily]>([])
    private let prefix: String

    /// - Parameter prefix: goes before every name, e.g. `flock_relay_`.
    package init(prefix: String) { self.prefix = prefix }

    /// A counter; with a label, one series for each of its values that ever counted.
    package func counter(_ name: String, _ help: String, label: String? = nil) -> Counter {
        register(Counter(name: prefix + name, help: help, label: label))
    }

    /// A histogram with these upper bucket edges, in rising order.
    package func histogram(_ name: String, _ help: String, edges: [Double]) -> MetricHistogram {
        register(MetricHistogram(name: prefix + name, help: help, edges: edges))
    }

    /// A figure that is read when it is asked for.
    ///
    /// - Parameters:
    ///   - plainName: the name is used without the registry's prefix.
    ///   - read: pairs of label text (`key="value"`, or empty) and value.
    package func gauge(
        _ name: String, _ help: String, plainName: Bool = false, type: String = "gauge",
        read: @escaping @Sendable () -> [(String, Double)]
    ) {
        _ = register(
            ReadMetric(name: plainName ? name : prefix + name, help: help, type: type, read: read))
    }

    private func register<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { $0.append(family) }
        return family
    }

    /// All families, in the order of their making.
    package func text() -> String {
        families.withLock { $0 }.map { family in
            "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.type)\n"
                + family.samples().map { "\($0.name)\($0.labels) \(Self.number($0.value))\n" }.joined()
        }.joined()
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

/// One line of the text form.
struct MetricSample {
    let name: String
    /// Empty, or in braces.
    let labels: String
    let value: Double
}

/// All series of one name.
protocol MetricFamily: Sendable {
    var name: String { get }
    var help: String { get }
    var type: String { get }
    func samples() -> [MetricSample]
}

/// Counts things, by at most one label.
package final class Counter: MetricFamily {
    let name: String
    let help: String
    let type = "counter"
    private let label: String?
    private let counts = Mutex<[String: Int]>([:])

    fileprivate init(name: String, help: String, label: String?) {
        self.name = name
        self.help = help
        self.label = label
    }

    /// - Parameter value: the label's value: of a closed set, never an id or a URL.
    package func add(_ amount: Int = 1, _ value: String = "") {
        counts.withLock { $0[value, default: 0] += amount }
    }

    /// The counts by label value; without a label, under the empty text.
    package var byLabel: [String: Int] { counts.withLock { $0 } }

    package var total: Int { counts.withLock { $0.values.reduce(0, +) } }

    func samples() -> [MetricSample] {
        guard let label else { return [MetricSample(name: name, labels: "", value: Double(total))] }
        return byLabel.sorted { $0.key < $1.key }.map { value, count in
            MetricSample(name: name, labels: "{\(label)=\"\(value)\"}", value: Double(count))
        }
    }
}

/// Counts values by size.
package final class MetricHistogram: MetricFamily {
    let name: String
    let help: String
    let type = "histogram"
    private let edges: [Double]
    private let state: Mutex<State>

    private struct State {
        /// One more than there are edges: the last holds what is above them all.
        var counts: [Int]
        var sum = 0.0
    }

    fileprivate init(name: String, help: String, edges: [Double]) {
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

/// A figure kept elsewhere.
private final class ReadMetric: MetricFamily {
    let name: String
    let help: String
    let type: String
    private let read: @Sendable () -> [(String, Double)]

    init(name: String, help: String, type: String, read: @escaping @Sendable () -> [(String, Double)]) {
        self.name = name
        self.help = help
        self.type = type
        self.read = read
    }

    func samples() -> [MetricSample] {
        read().map { labels, value in
            MetricSample(name: name, labels: labels.isEmpty ? "" : "{\(labels)}", value: value)
        }
    }
}
