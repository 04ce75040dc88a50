/// A whole screen as one text, so that it can be written at once and does not flicker.
package enum Frame {
    /// Goes to the second screen of the terminal and hides the cursor.
    package static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    /// Shows the cursor again and goes back to the first screen, as it was.
    package static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// Each line replaces what was there. Nothing is written into the last column, after which terminals differ.
    package static func text(_ lines: [TerminalLine], size: ScreenSize, colored: Bool) -> String {
        let shown = lines.prefix(size.rows).map { $0.text(colored: colored, limit: size.columns - 1) + "\u{1B}[K" }
        return "\u{1B}[H" + shown.joined(separator: "\r\n") + "\u{1B}[J"
    }
}
