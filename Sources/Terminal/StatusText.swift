package import Domain
package import Status

/// Shows the answer of `/status`: whether all is well, the figures, the origins in trouble, the latest failures.
package struct StatusText: Sendable {
    private static let maxOrigins = 20
    private static let maxFailures = 10

    private let now: WallTime
    private let time: LocalTime

    package init(now: WallTime = .system, time: LocalTime = .system) {
        self.now = now
        self.time = time
    }

    package func lines(_ report: StatusReport, readiness: Readiness?) -> [TerminalLine] {
        [Assessment(report, readiness: readiness).line, TerminalLine()] + promises(report) + [TerminalLine()]
            + TextTable(limits: [0: 12]).lines(figures(report)) + origins(report) + failures(report)
    }

    // MARK: Figures with a promised value

    private func promises(_ report: StatusReport) -> [TerminalLine] {
        let window = report.window
        let latency = report.latency.createdToDelivered
        let share = window.shareDelivered.map { ($0, FigureText.percent($0)) }
        let recovery = window.recoveryRate.map { ($0, FigureText.percent($0)) }
        return TextTable(rightAligned: [1]).lines([
            [.init("last 5 minutes", .strong), .init("measured", .faint), .init("promised", .faint)],
            [
                .init("delivered"), figure(share?.1, isKept: share.map { $0.0 >= Promise.shareDelivered }),
                .init("at least \(FigureText.percent(Promise.shareDelivered))", .faint),
            ],
            [
                .init("recovered after a failure"),
                figure(recovery?.1, isKept: recovery.map { $0.0 >= Promise.recoveryRate }),
                .init("at least \(FigureText.percent(Promise.recoveryRate))", .faint),
            ],
            [
                .init("created to 2xx, p95"),
                figure(
                    latency.count > 0 ? FigureText.milliseconds(latency.p95Ms) : nil,
                    isKept: latency.count > 0 ? latency.p95Ms <= Promise.p95Ms : nil),
                .init("at most \(FigureText.milliseconds(Promise.p95Ms))", .faint),
            ],
            [.init("created to 2xx, p50"), figure(latency.count > 0 ? FigureText.milliseconds(latency.p50Ms) : nil)],
            [.init("created to 2xx, p99"), figure(latency.count > 0 ? FigureText.milliseconds(latency.p99Ms) : nil)],
        ])
    }

    private func figure(_ text: String?, isKept: Bool? = nil) -> TextTable.Cell {
        guard let text else { return .init("-", .faint) }
        return .init(text, isKept.map { $0 ? .good : .bad } ?? .plain)
    }

    // MARK: Other figures

    private func figures(_ report: StatusReport) -> [[TextTable.Cell]] {
        let deliveries = report.deliveries
        var rows = [
            row("relay", relay(report)),
            row(
                "rate",
                "\(FigureText.decimal(report.rate.deliveredPerSecond, 1)) deliveries/s, "
                    + "\(FigureText.decimal(report.rate.failedAttemptsPerSecond, 1)) failed attempts/s (last 10 s)"),
            row(
                "deliveries",
                "\(FigureText.count(deliveries.delivered)) delivered (\(FigureText.count(deliveries.recovered)) recovered), "
                    + "\(FigureText.count(deliveries.failed)) failed, \(FigureText.count(deliveries.pending)) pending, "
                    + "\(FigureText.count(deliveries.inFlight)) in flight"),
        ]
        if deliveries.failed > 0 { rows.append(row("failed by", counts(deliveries.failedByReason))) }
        if deliveries.pending > 0 {
            rows.append(row("oldest", "pending for \(FigureText.duration(report.oldestPendingSeconds))"))
        }
        return rows + [
            row("received", counts(report.received)), row("rejected", counts(report.refused)),
            row(
                "dropped",
                "\(FigureText.count(report.unmatched)) unmatched, \(FigureText.count(report.duplicates)) duplicate, "
                    + "\(FigureText.count(report.withheld)) withheld, \(FigureText.count(report.filtered)) filtered"),
            row(
                "outbox",
                "\(FigureText.bytes(report.outboxBytes)) of \(FigureText.bytes(report.outboxMaxBytes)), "
                    + FigureText.count(report.registrations, "registration", "registrations")),
            row("sessions", Self.sessions(report.sessions)),
        ]
    }

    private func row(_ name: String, _ text: String) -> [TextTable.Cell] { [.init(name, .strong), .init(text)] }

    private func relay(_ report: StatusReport) -> String {
        let since = WallTime(iso8601: report.startedAt).map { ", since \(time.dateAndClock($0))" } ?? ""
        return "version \(report.version), up \(FigureText.duration(report.uptimeSeconds))\(since)"
    }

    private func counts(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none"
            : counts.sorted { $0.key < $1.key }.map { "\(FigureText.count($0.value)) \($0.key)" }
                .joined(separator: ", ")
    }

    static func sessions(_ sessions: [StatusReport.Session]) -> String {
        let inFlight = sessions.map(\.inFlight).reduce(0, +)
        let connections = sessions.map(\.connections).reduce(0, +)
        return "\(sessions.count), with \(inFlight) in flight on "
            + FigureText.count(connections, "connection", "connections")
    }

    // MARK: Lists

    private func origins(_ report: StatusReport) -> [TerminalLine] {
        if report.origins.isEmpty { return [] }
        let text = OriginText(now: now, time: time)
        let shown = report.origins.prefix(Self.maxOrigins)
        return list(
            "origins, the worst first", OriginText.titles, shown.map(text.cells),
            TextTable(rightAligned: OriginText.rightAligned), more: report.originsTotal - shown.count)
    }

    private func failures(_ report: StatusReport) -> [TerminalLine] {
        if report.latestFailures.isEmpty { return [] }
        let text = FailureText(now: now, time: time)
        let shown = report.latestFailures.prefix(Self.maxFailures)
        return list(
            "latest failures", FailureText.titles, shown.map(text.cells),
            TextTable(rightAligned: FailureText.rightAligned), more: report.deliveries.failed - shown.count)
    }

    private func list(
        _ title: String, _ titles: [String], _ rows: [[TextTable.Cell]], _ table: TextTable, more: Int
    ) -> [TerminalLine] {
        let rest = more > 0 ? [TerminalLine("… and \(FigureText.count(more)) more", .faint)] : []
        return [TerminalLine(), TerminalLine(title, .strong)] + table.lines([titles.map { .init($0, .faint) }] + rows)
            + rest
    }
}
