import Foundation
import TestSupport
import Testing

/// A screen that docs/terminal.md shows, between `<!-- screen NAME -->` and the end of the code block after it.
///
/// With `FLOCK_RELAY_WRITE_SCREENS=1` in the environment the test run writes it there; else it compares.
enum DocumentedScreen {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../docs/terminal.md"
    ).standardized

    static func check(_ name: String, _ lines: [String], location: SourceLocation = #_sourceLocation) throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- screen \(name) -->\n```\n"), sourceLocation: location)
        let end = try #require(
            text.range(of: "\n```\n", range: text.index(before: begin.upperBound)..<text.endIndex),
            sourceLocation: location)
        // The prompt after the output is not part of it.
        let shown = lines.joined(separator: "\n").trimmingCharacters(in: CharacterSet(charactersIn: "\n$"))
        if ProcessInfo.processInfo.environment["FLOCK_RELAY_WRITE_SCREENS"] == "1" {
            let rest = text[end.lowerBound...]
            try Data((text[..<begin.upperBound] + shown + rest).utf8).write(to: file)
        } else {
            let documented = begin.upperBound < end.lowerBound ? text[begin.upperBound..<end.lowerBound] : ""
            #expect(pattern(shown) == pattern(String(documented)), sourceLocation: location)
        }
    }

    /// Without what differs between two runs: figures, units of time, bars, and how wide columns are.
    private static func pattern(_ text: String) -> [String] { text.split(separator: "\n").map { pattern(ofLine: $0) } }

    private static func pattern(ofLine line: Substring) -> String {
        // A busy machine is slower than promised.
        var shown = line.replacing(#/; p95 is [0-9.]+ \w+/#, with: "")
        shown = shown.replacing(#/[0-9]+([.:\- ][0-9]+)*/#, with: "N")
        shown = shown.replacing(#/N (ms|s|min|h)( N (s|min))?/#, with: "N s")
        shown = shown.replacing(#/[▁▂▃▄▅▆▇█ ]+/#, with: " ")
        return shown.trimmingCharacters(in: .whitespaces)
    }
}
