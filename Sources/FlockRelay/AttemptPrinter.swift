import Domain
import Foundation
import Status
import Terminal

/// Turns lines of `/attempts` into what `tail` prints.
struct AttemptPrinter {
    private struct Missed: Decodable {
        let missed: Int
    }

    let json: Bool
    let isColored: Bool
    private let attempts = AttemptText()

    init(json: Bool, isColored: Bool) {
        self.json = json
        self.isColored = isColored
    }

    /// A line with its LF; empty for a blank line, which only keeps the connection alive.
    func text(_ line: [UInt8]) -> String {
        if line.isEmpty { return "" }
        if json { return ControlCharacters.escaped(String(decoding: line, as: UTF8.self)) + "\n" }
        let data = Data(line)
        if let attempt = try? StatusJSON.decoder.decode(AttemptReport.self, from: data) {
            return attempts.line(attempt).text(colored: isColored) + "\n"
        }
        if let missed = try? StatusJSON.decoder.decode(Missed.self, from: data) {
            return AttemptText.missed(missed.missed).text(colored: isColored) + "\n"
        }
        // A newer relay may write lines of another kind.
        return ControlCharacters.escaped(String(decoding: line, as: UTF8.self)) + "\n"
    }
}
