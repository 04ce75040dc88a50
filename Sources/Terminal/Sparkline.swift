/// A row of bars, one for each value, as high as the value is large.
package enum Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - values: nil where nothing is known: a space.
    ///   - maximum: the value of a full bar.
    package static func text(_ values: [Double?], maximum: Double) -> String {
        String(values.map { value in value.map { bar($0, maximum) } ?? " " })
    }

    /// Zero is the lowest bar; anything above it is a higher one.
    private static func bar(_ value: Double, _ maximum: Double) -> Character {
        guard maximum > 0, value > 0 else { return bars[0] }
        let step = (value / maximum * Double(bars.count - 1)).rounded(.up)
        return bars[min(max(Int(step), 1), bars.count - 1)]
    }
}
