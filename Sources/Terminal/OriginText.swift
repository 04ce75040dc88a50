internal import Domain
internal import Status

/// Shows an origin as a row of a table.
struct OriginText {
    static let titles = ["STATE", "FOR", "PENDING", "IN FLIGHT", "ORIGIN", "LAST ERROR, NEXT ATTEMPT"]
    /// Columns of figures.
    static let rightAligned: Set<Int> = [1, 2, 3]

    let now: WallTime
    let time: LocalTime

    /// The state of its lane, or `paused` while its receiver asked for no attempt.
    static func state(_ lane: StatusReport.Lane) -> String {
        lane.pausedUntil != nil && ["answering", "unknown"].contains(lane.state) ? "paused" : lane.state
    }

    func cells(_ lane: StatusReport.Lane) -> [TextTable.Cell] {
        let state = Self.state(lane)
        let since = lane.since.flatMap { WallTime(iso8601: $0) }
        return [
            .init(state, tint(state)), .init(since.map { FigureText.duration((now - $0).inSeconds) } ?? ""),
            .init(FigureText.count(lane.pending) + (lane.hasMore ? "+" : "")), .init(FigureText.count(lane.inFlight)),
            .init(lane.origin), .init(reason(lane)),
        ]
    }

    private func reason(_ lane: StatusReport.Lane) -> String {
        var parts = [lane.lastError.map { ErrorText.text(reason: $0) }]
        if let until = lane.pausedUntil.flatMap({ WallTime(iso8601: $0) }), until > now {
            parts.append("pause asked for until \(time.shortClock(until))")
        } else if let next = lane.nextAttemptAt.flatMap({ WallTime(iso8601: $0) }), next > now {
            parts.append("next in \(FigureText.duration((next - now).inSeconds))")
        }
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private func tint(_ state: String) -> Tint {
        switch state {
        case "hanging", "failing": .bad
        case "paused": .warning
        case "answering": .good
        default: .plain
        }
    }
}
