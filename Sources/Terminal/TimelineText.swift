package import Domain
package import Status

/// Shows one workflow: what became of each of its deliveries, and when.
package struct TimelineText: Sendable {
    private let now: WallTime
    private let time: LocalTime

    package init(now: WallTime = .system, time: LocalTime = .system) {
        self.now = now
        self.time = time
    }

    /// The workflow without its deliveries.
    package func head(_ report: CorrelationReport) -> [TerminalLine] {
        let table = TextTable()
        return table.lines([
            row("workflow", .init(report.correlationId, .strong)),
            row("state", state(report)),
            row("webhook", .init(report.origin ?? "registration ended")),
            row("numbers", .init(numbers(report))),
            row("last activity", .init(moment(report.lastActivityAt))),
        ])
    }

    /// The deliveries of a page.
    ///
    /// - Parameter showsGaps: whether the page holds all deliveries in the history, so that a number between two of them
    ///   is of one that is not there any more.
    package func deliveries(_ report: CorrelationReport, showsGaps: Bool) -> [TerminalLine] {
        var lines: [TerminalLine] = []
        var last: Int?
        for delivery in report.deliveries ?? [] {
            if showsGaps, let last, delivery.sequence > last + 1 {
                lines += [TerminalLine(), gap(last + 1, delivery.sequence - 1)]
            }
            last = delivery.sequence
            lines.append(TerminalLine())
            lines += self.delivery(delivery)
        }
        return lines
    }

    private func row(_ name: String, _ cell: TextTable.Cell) -> [TextTable.Cell] { [.init(name, .faint), cell] }

    private func state(_ report: CorrelationReport) -> TextTable.Cell {
        let text =
            "\(report.state): \(FigureText.count(report.delivered)) delivered, "
            + "\(FigureText.count(report.failed)) failed, \(FigureText.count(report.pending)) pending"
        return .init(text, report.failed > 0 ? .bad : (report.pending > 0 ? .plain : .good))
    }

    private func numbers(_ report: CorrelationReport) -> String {
        guard let first = report.firstSequence else { return "none in the history" }
        let range = "#\(first) to #\(report.lastSequence)"
        guard let gaps = report.gaps, gaps > 0 else { return range }
        return "\(range); \(FigureText.count(gaps)) of the workflow no longer in the history"
    }

    private func gap(_ first: Int, _ last: Int) -> TerminalLine {
        TerminalLine("\(first == last ? "#\(first)" : "#\(first) to #\(last)"): no longer in the history", .faint)
    }

    // MARK: One delivery

    private func delivery(_ delivery: CorrelationReport.Delivery) -> [TerminalLine] {
        var title = TerminalLine("#\(delivery.sequence)", .strong)
        title.add(" \(delivery.event == "workflow.completed" ? "end of the workflow" : delivery.type)  ")
        title.add(outcome(delivery), tint(delivery))
        var about = TerminalLine("   \(delivery.artifactId) to \(delivery.origin), ", .faint)
        about.add("received \(moment(delivery.receivedAt))", .faint)
        let start = WallTime(iso8601: delivery.createdAt ?? delivery.receivedAt)
        return [title, about] + delivery.attempts.map { attempt($0, since: start) } + next(delivery)
    }

    private func outcome(_ delivery: CorrelationReport.Delivery) -> String {
        let attempts = FigureText.count(delivery.attempts.count, "attempt", "attempts")
        let age = age(delivery)
        return switch delivery.state {
        case "delivered":
            "\(delivery.attempts.count > 1 ? "recovered after \(attempts)" : "delivered")\(age.map { ", \($0)" } ?? "")"
        case "failed":
            "failed after \(attempts): \(ErrorText.text(reason: delivery.reason ?? "?"))"
        default: "\(delivery.state) after \(attempts)"
        }
    }

    /// How long after its creation the delivery became final.
    private func age(_ delivery: CorrelationReport.Delivery) -> String? {
        guard let start = delivery.createdAt.flatMap({ WallTime(iso8601: $0) }),
            let end = delivery.endedAt.flatMap({ WallTime(iso8601: $0) }), end >= start
        else { return nil }
        return "\(FigureText.milliseconds((end - start).inSeconds * 1_000)) after it was created"
    }

    private func tint(_ delivery: CorrelationReport.Delivery) -> Tint {
        switch delivery.state {
        case "delivered": .good
        case "failed": .bad
        default: .warning
        }
    }

    private func attempt(_ attempt: CorrelationReport.Attempt, since start: WallTime?) -> TerminalLine {
        let startedAt = WallTime(iso8601: attempt.startedAt)
        var line = TerminalLine("   \(startedAt.map(time.clock) ?? attempt.startedAt)")
        if let startedAt, let start, startedAt >= start {
            line.add(rightAligned: "+" + FigureText.milliseconds((startedAt - start).inSeconds * 1_000), columns: 12)
        }
        line.add("  attempt \(attempt.attempt): ")
        line.add(
            ErrorText.text(status: attempt.status, error: attempt.error), attempt.error == nil ? .good : .warning)
        line.add(" in \(FigureText.milliseconds(attempt.durationMs))")
        return line
    }

    private func next(_ delivery: CorrelationReport.Delivery) -> [TerminalLine] {
        guard delivery.state == "pending" else { return [] }
        guard let next = delivery.nextAttemptAt.flatMap({ WallTime(iso8601: $0) }) else {
            return [TerminalLine("   the next attempt is due", .warning)]
        }
        let wait = next > now ? "in \(FigureText.duration((next - now).inSeconds))" : "due"
        return [TerminalLine("   \(time.clock(next))  next attempt \(wait)", .warning)]
    }

    /// A time as date and clock, and how long ago it was.
    private func moment(_ text: String) -> String {
        guard let moment = WallTime(iso8601: text) else { return text }
        let age =
            moment > now
            ? "in \(FigureText.duration((moment - now).inSeconds))"
            : "\(FigureText.duration((now - moment).inSeconds)) ago"
        return "\(time.dateAndClock(moment)) (\(age))"
    }
}
