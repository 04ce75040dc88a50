/// Numbers of several rounds.
struct Sample {
    let values: [Double]

    init(_ values: [Double]) { self.values = values.sorted() }

    var median: Double { percentile(0.5) }
    var lowest: Double { values.first ?? .nan }
    var highest: Double { values.last ?? .nan }

    /// The value below which this fraction of the values lies, interpolated.
    func percentile(_ fraction: Double) -> Double {
        guard let last = values.indices.last else { return .nan }
        let place = fraction * Double(last)
        let below = Int(place)
        let above = min(below + 1, last)
        return values[below] + (values[above] - values[below]) * (place - Double(below))
    }
}
