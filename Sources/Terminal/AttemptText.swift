internal import Domain
package import Status

/// Shows the lines of `/attempts`, one line for each.
package struct AttemptText: Sendable {
    private let time: LocalTime

    package init(time: LocalTime = .system) { self.time = time }

    package func line(_ attempt: AttemptReport) -> TerminalLine {
        let endedAt = WallTime(iso8601: attempt.endedAt)
        var line = TerminalLine(endedAt.map(time.clock) ?? attempt.endedAt, .faint)
        line.add("  \(attempt.origin)  \(attempt.correlationId)  ")
        line.add("#\(attempt.sequence)", .strong)
        line.add(" \(attempt.artifactType)  attempt \(attempt.attempt): ")
        line.add(ErrorText.text(status: attempt.status, error: attempt.error), tint(attempt))
        line.add(" in \(FigureText.milliseconds(attempt.durationMs)), ")
        line.add(next(attempt, endedAt), tint(attempt))
        return line
    }

    package static func missed(_ count: Int) -> TerminalLine {
        TerminalLine(
            "… \(FigureText.count(count, "attempt is", "attempts are")) missing here: they came faster than they were read",
            .warning)
    }

    private func next(_ attempt: AttemptReport, _ endedAt: WallTime?) -> String {
        switch attempt.outcome {
        case "delivered": return attempt.attempt == 1 ? "delivered" : "recovered"
        case "failed": return "failed: no further attempt"
        default:
            guard let next = attempt.nextAttemptAt.flatMap({ WallTime(iso8601: $0) }), let endedAt else {
                return "another attempt follows"
            }
            return "next attempt in \(FigureText.duration((next - endedAt).inSeconds))"
        }
    }

    private func tint(_ attempt: AttemptReport) -> Tint {
        switch attempt.outcome {
        case "delivered": .good
        case "failed": .bad
        default: .warning
        }
    }
}
