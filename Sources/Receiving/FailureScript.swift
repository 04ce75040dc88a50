/// When a receiver fails on purpose: `500x2` (status 500 for the first two attempts), `hang`, `30%`.
package struct FailureScript: Sendable {
    /// How the receiver handles one request.
    package enum Act: Hashable, Sendable {
        case succeed
        case answer(Int)
        /// Sends no response until the client gives up.
        case hang
    }

    private enum Rule: Sendable {
        case first(Int, Act)
        case always(Act)
        case percentage(Double)
    }

    private let rules: [Rule]

    /// A receiver that never fails.
    package static let none = FailureScript(rules: [])

    private init(rules: [Rule]) { self.rules = rules }

    /// - Parameter text: parts joined by commas: `STATUS`, `STATUSxCOUNT`, `hang`, `hangxCOUNT`, `PERCENT%`.
    ///   Counts apply one after another: `500x2,503x1` is 500, 500, 503, then success.
    /// - Returns: nil for any other text.
    package init?(_ text: String) {
        var rules: [Rule] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let rule = Self.rule(part) else { return nil }
            rules.append(rule)
        }
        self.rules = rules
    }

    private static func rule(_ part: Substring) -> Rule? {
        if part.hasSuffix("%") {
            guard let percent = Double(part.dropLast()), (0...100).contains(percent) else { return nil }
            return .percentage(percent / 100)
        }
        let halves = part.split(separator: "x", omittingEmptySubsequences: false)
        guard let what = halves.first, let act = act(what) else { return nil }
        if halves.count == 1 { return .always(act) }
        guard halves.count == 2, let count = Int(halves[1]), count > 0 else { return nil }
        return .first(count, act)
    }

    private static func act(_ text: Substring) -> Act? {
        if text == "hang" { return .hang }
        guard let status = Int(text), (200...599).contains(status) else { return nil }
        return .answer(status)
    }

    /// How the receiver handles an attempt.
    ///
    /// - Parameters:
    ///   - seen: earlier requests with the same webhook-id.
    ///   - chance: a random number from 0 up to, but not including, 1.
    package func act(seen: Int, chance: Double) -> Act {
        var passed = 0
        for rule in rules {
            switch rule {
            case .first(let count, let act):
                if seen < passed + count { return act }
                passed += count
            case .always(let act): return act
            case .percentage(let share) where chance < share: return .answer(500)
            default: continue
            }
        }
        return .succeed
    }
}
