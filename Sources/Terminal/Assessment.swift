package import Status

/// Whether all is well, in one line, and if not, what is wrong.
package struct Assessment: Sendable {
    /// Problems that stop or lose deliveries.
    private var troubles: [String] = []
    /// Problems that do not stop deliveries.
    private var warnings: [String] = []
    private let goodNews: String

    /// - Parameter readiness: nil if it is not known.
    package init(_ report: StatusReport, readiness: Readiness?) {
        goodNews = Self.goodNews(report)
        troubles += readiness?.failing ?? []
        assessOrigins(report)
        assessWindow(report)
        assessBacklog(report)
    }

    package var isWell: Bool { troubles.isEmpty && warnings.isEmpty }

    package var line: TerminalLine {
        if isWell {
            var line = TerminalLine("All is well", .good)
            line.add(": \(goodNews)")
            return line
        }
        let isTrouble = !troubles.isEmpty
        var line = TerminalLine(isTrouble ? "Trouble" : "Attention", isTrouble ? .bad : .warning)
        line.add(": \((troubles + warnings).joined(separator: "; "))")
        return line
    }

    private static func goodNews(_ report: StatusReport) -> String {
        if report.window.delivered > 0 {
            return
                "\(FigureText.count(report.window.delivered, "delivery", "deliveries")) in the last 5 minutes"
                + (report.window.failed == 0 ? ", none failed" : "")
        }
        return report.deliveries.pending == 0
            ? "nothing to deliver in the last 5 minutes"
            : "\(FigureText.count(report.deliveries.pending, "delivery", "deliveries")) pending"
    }

    private mutating func assessOrigins(_ report: StatusReport) {
        let states = Dictionary(grouping: report.origins) { OriginText.state($0) }.mapValues(\.count)
        if let count = states["hanging"] { troubles.append(origins(count, "does not answer", "do not answer")) }
        if let count = states["failing"] { troubles.append(origins(count, "fails", "fail")) }
        if let count = states["paused"] { warnings.append(origins(count, "asked for a pause", "asked for a pause")) }
    }

    private func origins(_ count: Int, _ one: String, _ many: String) -> String {
        "\(FigureText.count(count, "origin", "origins")) \(count == 1 ? one : many)"
    }

    private mutating func assessWindow(_ report: StatusReport) {
        if let share = report.window.shareDelivered, share < Promise.shareDelivered {
            troubles.append("\(FigureText.percent(share)) delivered in the last 5 minutes")
        }
        if let rate = report.window.recoveryRate, rate < Promise.recoveryRate, report.window.recovered > 0 {
            warnings.append("\(FigureText.percent(rate)) recovered after a failure")
        }
        let latency = report.latency.createdToDelivered
        if latency.count > 0, latency.p95Ms > Promise.p95Ms {
            warnings.append("p95 is \(FigureText.milliseconds(latency.p95Ms))")
        }
    }

    private mutating func assessBacklog(_ report: StatusReport) {
        if Double(report.outboxBytes) > Double(report.outboxMaxBytes) * Promise.outboxShare {
            let share = Double(report.outboxBytes) / Double(max(report.outboxMaxBytes, 1))
            troubles.append("the outbox is \(FigureText.percent(share)) full")
        }
        if report.oldestPendingSeconds > Promise.pendingSeconds {
            warnings.append(
                "the oldest delivery has been pending for \(FigureText.duration(report.oldestPendingSeconds))")
        }
    }
}
