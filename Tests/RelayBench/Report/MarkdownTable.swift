import Foundation

/// The figures of one workload: medians of the rounds, the lowest and highest value, and ratios.
struct MarkdownTable {
    private let results: Results
    private let workload: String

    init(_ results: Results, workload: String) {
        self.results = results
        self.workload = workload
    }

    var text: String {
        let sections = ["### \(workload)", isWide ? figureRows : contenderRows]
        let head = ["ratio", "figure", "median", "lowest to highest"]
        return (sections + (ratios.isEmpty ? [] : [Self.table(head, ratios)])).joined(separator: "\n\n")
    }

    /// Whether there are too many figures for columns.
    private var isWide: Bool { results.figures(workload).count > 5 }

    private var contenderRows: String {
        let figures = results.figures(workload)
        return Self.table(
            [""] + figures,
            results.contenders(workload).map { contender in [contender] + figures.map { cell(contender, $0) } })
    }

    private var figureRows: String {
        let contenders = results.contenders(workload)
        return Self.table(
            [""] + contenders,
            results.figures(workload).map { figure in [figure] + contenders.map { cell($0, figure) } })
    }

    /// Quotients of contenders that do the same job.
    private var ratios: [[String]] {
        Comparison.pairs(results.contenders(workload)).flatMap { pair in
            results.figures(workload).filter(Comparison.figures.contains).compactMap { figure in
                results.ratio(workload, figure, pair.0, to: pair.1).map { ratio in
                    let spread = "\(Self.short(ratio.lowest)) to \(Self.short(ratio.highest))"
                    return ["\(pair.0) / \(pair.1)", figure, Self.short(ratio.median), spread]
                }
            }
        }
    }

    private func cell(_ contender: String, _ figure: String) -> String {
        guard let row = results.row(workload, contender, figure) else { return "" }
        let sample = row.sample
        guard row.values.count > 1 else { return Self.short(sample.median) }
        return "\(Self.short(sample.median)) (\(Self.short(sample.lowest)) to \(Self.short(sample.highest)))"
    }

    /// A number with three significant digits or all its digits before the point.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "–" }
        let decimals = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
        return String(format: "%.\(decimals)f", value)
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            "| "
                + row.indices.map { column in pad(row[column], widths[column], isFirst: column == 0) }.joined(
                    separator: " | ") + " |"
        }
        let rule =
            "|"
            + widths.enumerated().map { String(repeating: "-", count: $1 + ($0 == 0 ? 2 : 1)) + ($0 == 0 ? "" : ":") }
            .joined(separator: "|") + "|"
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
    }

    private static func pad(_ text: String, _ width: Int, isFirst: Bool) -> String {
        let space = String(repeating: " ", count: width - text.count)
        return isFirst ? text + space : space + text
    }
}
