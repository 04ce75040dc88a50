internal import Domain

/// Which deliveries a `redeliver` line sends again, and what it is rejected for.
struct RedeliveryChoice {
    /// Ranges that a message names; the others are only counted.
    private static let maxRanges = 20

    private(set) var possible: [Ticket] = []
    /// The deliveries that cannot be sent again.
    private var gone: [SequenceNumber] = []
    /// The deliveries beyond the budget.
    private var left: [SequenceNumber] = []
    private let correlationID: CorrelationID
    private let isUnknown: Bool

    /// - Parameters:
    ///   - known: what the history has of the deliveries; nil for an unknown workflow.
    ///   - budget: what this commit may still redeliver; reduced by what the line takes of it.
    init(_ request: RedeliveryRequest, known: [SequenceNumber: Redelivery]?, budget: inout RedeliveryBudget) {
        correlationID = request.correlationID
        isUnknown = known == nil
        let known = known ?? [:]
        for sequence in (request.sequences ?? Set(known.keys)).sorted() {
            switch known[sequence] {
            case .possible(let ticket):
                if budget.take(ticket) { possible.append(ticket) } else { left.append(sequence) }
            case .gone, nil: gone.append(sequence)
            case .notNeeded: break
            }
        }
    }

    /// What a later commit must redeliver; nil if this one does all. It names each delivery, so that one that fails again
    /// meanwhile is not redelivered twice.
    var rest: RedeliveryRequest? {
        left.isEmpty ? nil : RedeliveryRequest(correlationID: correlationID, sequences: Set(left + gone))
    }

    /// nil: every failed delivery that the line asks for is sent again.
    var rejection: Rejection? {
        if isUnknown {
            return Rejection(
                .gone, "no workflow with this correlation_id is known; check the id, or its numbers have expired")
        }
        if gone.isEmpty { return nil }
        return Rejection(
            .gone,
            "no body is kept of sequence \(Self.text(gone)); the setting keep-failed says how long bodies are kept")
    }

    /// For example `1-3, 7`.
    private static func text(_ sequences: [SequenceNumber]) -> String {
        var ranges: [ClosedRange<Int64>] = []
        for number in sequences.map(\.rawValue).sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        let named = ranges.prefix(maxRanges).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        let others = ranges.dropFirst(maxRanges).reduce(0) { $0 + $1.count }
        return named.joined(separator: ", ") + (others > 0 ? " and \(others) others" : "")
    }
}
