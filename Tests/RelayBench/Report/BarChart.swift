/// Medians as bars, with the lowest and the highest value of the rounds.
struct BarChart {
    private static let labels = 190.0
    private static let plot = 420.0
    private static let row = 28.0

    let title: String
    let bars: [(name: String, sample: Sample)]

    var svg: String {
        let limit = bars.map(\.sample.highest).filter(\.isFinite).max() ?? 1
        var drawing = Drawing(width: 720, height: Int(Double(bars.count) * Self.row) + 40)
        drawing.text(title, x: 8, y: 20, kind: "title")
        for (place, bar) in bars.enumerated() {
            let y = 34 + Double(place) * Self.row
            let scale = Self.plot / max(limit, .leastNormalMagnitude)
            drawing.text(bar.name, x: Self.labels - 8, y: y + 15, anchor: "end")
            drawing.rectangle(
                x: Self.labels, y: y, width: bar.sample.median * scale, height: 20,
                color: Drawing.colors[place % Drawing.colors.count])
            let middle = y + 10
            drawing.line([
                (Self.labels + bar.sample.lowest * scale, middle), (Self.labels + bar.sample.highest * scale, middle),
            ])
            drawing.text(
                MarkdownTable.short(bar.sample.median), x: Self.labels + bar.sample.highest * scale + 8, y: y + 15)
        }
        return drawing.svg
    }
}
