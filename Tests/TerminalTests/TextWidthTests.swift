import Terminal
import Testing

@Suite struct TextWidthTests {
    static let widths: [(text: String, columns: Int)] = [
        ("", 0), ("abc", 3), ("fl\u{F6}ck", 5), ("日本", 4), ("e\u{301}", 1), ("\u{1F426}", 2), ("…▁█✓", 4),
    ]

    @Test("A text takes the columns that a terminal gives it", arguments: widths)
    func columns(_ text: String, _ columns: Int) { #expect(TextWidth.columns(text) == columns) }

    static let cuts: [(text: String, width: Int, cut: String)] = [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 1, "…"), ("abc", 0, ""),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
    ]

    @Test("A text is cut to a width, with an ellipsis", arguments: cuts)
    func cut(_ text: String, _ width: Int, _ cut: String) {
        let shown = TextWidth.cut(text, to: width)
        #expect(Array(shown.unicodeScalars) == Array(cut.unicodeScalars))
        #expect(TextWidth.columns(shown) <= width)
    }
}
