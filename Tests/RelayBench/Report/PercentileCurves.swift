import Foundation

/// Latencies in milliseconds over percentiles, both on logarithmic scales.
struct PercentileCurves {
    private static let left = 70.0
    private static let top = 40.0
    private static let size = (width: 440.0, height: 300.0)
    /// Nines of the percentiles: 0 is the lowest value, 3 is p99.9.
    private static let nines = 3.0

    let title: String
    let curves: [(name: String, sample: Sample)]

    var svg: String {
        let values = curves.flatMap { [$0.sample.percentile(0.1), $0.sample.percentile(0.999)] }.filter {
            $0 > 0 && $0.isFinite
        }
        let low = floor(log10(values.min() ?? 0.1))
        let high = max(ceil(log10(values.max() ?? 1)), low + 1)
        var drawing = Drawing(width: 720, height: Int(Self.top + Self.size.height) + 40)
        drawing.text(title, x: 8, y: 20, kind: "title")
        drawAxes(low, high, in: &drawing)
        for (place, curve) in curves.enumerated() {
            let color = Drawing.colors[place % Drawing.colors.count]
            let points = stride(from: 0, through: Self.nines, by: 0.05).map { nines in
                let value = log10(max(curve.sample.percentile(1 - pow(10, -nines)), pow(10, low)))
                return (x: Self.x(nines), y: Self.y(value, low, high))
            }
            drawing.line(points, color: color)
            let y = Self.top + 12 + Double(place) * 22
            drawing.rectangle(x: Self.left + Self.size.width + 20, y: y - 10, width: 12, height: 12, color: color)
            drawing.text(curve.name, x: Self.left + Self.size.width + 38, y: y)
        }
        return drawing.svg
    }

    private func drawAxes(_ low: Double, _ high: Double, in drawing: inout Drawing) {
        for power in stride(from: low, through: high, by: 1) {
            let y = Self.y(power, low, high)
            drawing.line([(Self.left, y), (Self.left + Self.size.width, y)])
            drawing.text(
                String(format: "%.\(max(0, Int(-power)))f ms", pow(10, power)), x: Self.left - 6, y: y + 4,
                anchor: "end")
        }
        let names = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)]
        for (name, fraction) in names {
            let x = Self.x(-log10(1 - fraction))
            drawing.line([(x, Self.top), (x, Self.top + Self.size.height)])
            drawing.text(name, x: x, y: Self.top + Self.size.height + 18, anchor: "middle")
        }
    }

    private static func x(_ nines: Double) -> Double { left + min(nines / Self.nines, 1) * size.width }

    private static func y(_ power: Double, _ low: Double, _ high: Double) -> Double {
        top + size.height * (1 - (power - low) / (high - low))
    }
}
