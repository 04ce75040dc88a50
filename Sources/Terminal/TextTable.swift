internal import Domain

/// A table whose columns are as wide as their widest cells, but no wider than a limit.
struct TextTable {
    struct Cell {
        let text: String
        let tint: Tint

        init(_ text: String, _ tint: Tint = .plain) {
            self.text = ControlCharacters.escaped(text)
            self.tint = tint
        }
    }

    /// The columns that are aligned right, as figures are, from 0.
    var rightAligned: Set<Int> = []
    /// Maximum widths of columns that may be cut, in columns of the terminal, by number from 0.
    var limits: [Int: Int] = [:]
    /// Spaces before each row.
    var indent = 0

    /// The last cell of a row is not padded.
    func lines(_ rows: [[Cell]]) -> [TerminalLine] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            let widest = rows.map { column < $0.count ? TextWidth.columns($0[column].text) : 0 }.max() ?? 0
            return min(widest, limits[column] ?? .max)
        }
        return rows.map { line($0, widths) }
    }

    private func line(_ row: [Cell], _ widths: [Int]) -> TerminalLine {
        var line = TerminalLine(String(repeating: " ", count: indent))
        for (column, cell) in row.enumerated() {
            if column > 0 { line.add("  ") }
            if rightAligned.contains(column) {
                line.add(rightAligned: cell.text, columns: widths[column], cell.tint)
            } else if column == row.count - 1, limits[column] == nil {
                line.add(cell.text, cell.tint)
            } else {
                line.add(cell.text, columns: widths[column], cell.tint)
            }
        }
        return line
    }
}
