/// An SVG document that is legible on light and dark pages.
struct Drawing {
    let width: Int
    let height: Int
    private var elements: [String] = []

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Colours for up to eight series that differ on light and dark pages.
    static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a7a00", "#56b4e9", "#888888", "#e69f00"]

    mutating func text(_ text: String, x: Double, y: Double, anchor: String = "start", kind: String = "text") {
        let safe = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        elements.append(
            #"<text class="\#(kind)" x="\#(Self.number(x))" y="\#(Self.number(y))" text-anchor="\#(anchor)">\#(safe)</text>"#
        )
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, color: String) {
        let place =
            #"x="\#(Self.number(x))" y="\#(Self.number(y))" width="\#(Self.number(width))" height="\#(Self.number(height))""#
        elements.append(#"<rect \#(place) fill="\#(color)"/>"#)
    }

    mutating func line(_ points: [(x: Double, y: Double)], color: String? = nil) {
        let path = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        let style = color.map { #"stroke="\#($0)" stroke-width="2""# } ?? #"class="rule""#
        elements.append(#"<polyline points="\#(path)" fill="none" \#(style)/>"#)
    }

    var svg: String {
        let head =
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(width) \#(height)" width="\#(width)" font-family="sans-serif" font-size="13">"#
        let style = """
            <style>
            .text, .title { fill: #222 } .title { font-weight: bold } .rule { stroke: #999; stroke-width: 1 }
            @media (prefers-color-scheme: dark) { .text, .title { fill: #ddd } .rule { stroke: #777 } }
            </style>
            """
        return ([head, style] + elements + ["</svg>", ""]).joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
