internal import Domain

/// One line for a terminal. All text is escaped as it is added, so that no text from outside can control the terminal.
package struct TerminalLine: Sendable {
    private struct Span: Sendable {
        let text: String
        let tint: Tint
    }

    private var spans: [Span] = []
    /// In columns.
    package private(set) var width = 0

    package init(_ text: String = "", _ tint: Tint = .plain) { add(text, tint) }

    package mutating func add(_ text: String, _ tint: Tint = .plain) {
        if text.isEmpty { return }
        let shown = ControlCharacters.escaped(text)
        spans.append(Span(text: shown, tint: tint))
        width += TextWidth.columns(shown)
    }

    package mutating func add(_ line: TerminalLine) {
        spans += line.spans
        width += line.width
    }

    /// Adds a text that takes exactly `columns`: cut, or followed by spaces.
    package mutating func add(_ text: String, columns: Int, _ tint: Tint = .plain) {
        let start = width
        add(TextWidth.cut(ControlCharacters.escaped(text), to: columns), tint)
        pad(to: start + columns)
    }

    /// Adds a text that ends at column `start + columns`, so that figures are aligned right.
    package mutating func add(rightAligned text: String, columns: Int, _ tint: Tint = .plain) {
        let shown = TextWidth.cut(ControlCharacters.escaped(text), to: columns)
        pad(to: width + columns - TextWidth.columns(shown))
        add(shown, tint)
    }

    /// Adds spaces up to a column.
    package mutating func pad(to column: Int) {
        if column > width { add(String(repeating: " ", count: column - width)) }
    }

    /// - Parameters:
    ///   - colored: whether to write the codes of colours.
    ///   - limit: maximum number of columns, after which the text is cut. nil: no limit.
    package func text(colored: Bool, limit: Int? = nil) -> String {
        var text = ""
        var left = limit ?? .max
        for span in spans where left > 0 {
            let isLast = limit.map { width <= $0 } ?? true
            let shown = isLast ? span.text : TextWidth.cut(span.text, to: left)
            left -= TextWidth.columns(shown)
            if colored, let code = span.tint.code {
                text += "\u{1B}[\(code)m\(shown)\u{1B}[0m"
            } else {
                text += shown
            }
        }
        return text
    }
}
