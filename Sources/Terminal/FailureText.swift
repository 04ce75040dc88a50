internal import Domain
internal import Status

/// Shows a failed delivery as a row of a table.
struct FailureText {
    static let titles = ["WHEN", "AGO", "WORKFLOW", "NUMBER", "WHY", "ORIGIN", "TYPE"]
    static let rightAligned: Set<Int> = [1, 3]

    let now: WallTime
    let time: LocalTime

    func cells(_ failure: StatusReport.Failure) -> [TextTable.Cell] {
        let failedAt = WallTime(iso8601: failure.failedAt)
        return [
            .init(failedAt.map(time.shortClock) ?? failure.failedAt),
            .init(failedAt.map { FigureText.duration((now - $0).inSeconds) } ?? ""), .init(failure.correlationId),
            .init("#\(failure.sequence)"), .init(why(failure), .bad), .init(failure.origin),
            .init(failure.artifactType),
        ]
    }

    private func why(_ failure: StatusReport.Failure) -> String {
        let attempts =
            failure.attempts == 0
            ? "no attempt" : FigureText.count(failure.attempts, "attempt", "attempts")
        return "\(ErrorText.text(reason: failure.reason)), \(attempts)"
    }
}
