internal import Synchronization

/// The instruments of this process and their Prometheus text form (exposition format 0.0.4).
package final class MetricRegistry: Sendable {
    private let families = Mutex<[any MetricFamily]>([])
    private let prefix: String

    /// - Parameter prefix: prepended to every name, e.g. `flock_relay_`.
    package init(prefix: String) { self.prefix = prefix }

    /// A counter; with a label, one series for each value counted so far.
    ///
    /// - Parameter known: label values that have a series from the start. PromQL's `increase()` does not see the first
    ///   count of a series that begins with it.
    package func counter(
        _ name: String, _ help: String, label: String? = nil, known: [String] = []
    ) -> Counter {
        register(Counter(name: prefix + name, help: help, label: label, known: known))
    }

    /// A histogram with these upper bucket edges, in rising order.
    package func histogram(_ name: String, _ help: String, edges: [Double]) -> MetricHistogram {
        register(MetricHistogram(name: prefix + name, help: help, edges: edges))
    }

    /// A metric whose value is read at each scrape.
    ///
    /// - Parameters:
    ///   - omitsPrefix: whether the name is used without the registry's prefix.
    ///   - read: pairs of label text (`key="value"`, or empty) and value.
    package func gauge(
        _ name: String, _ help: String, omitsPrefix: Bool = false, type: String = "gauge",
        read: @escaping @Sendable () -> [(String, Double)]
    ) {
        _ = register(
            ReadMetric(name: omitsPrefix ? name : prefix + name, help: help, type: type, read: read))
    }

    private func register<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { $0.append(family) }
        return family
    }

    /// The text form of all families, in the order of their registration.
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

/// A metric whose value is kept elsewhere.
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
