/// One line of the text form.
struct MetricSample {
    let name: String
    /// Empty, or the labels in braces.
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
