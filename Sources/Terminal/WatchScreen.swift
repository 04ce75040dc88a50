package import Domain
internal import Status

/// The screen of `status --watch`.
package struct WatchScreen: Sendable {
    private static let maxFailures = 20
    /// Minimum number of rows of a list that is shown, without its titles.
    private static let minRows = 1

    private let now: WallTime
    private let time: LocalTime

    package init(now: WallTime = .system, time: LocalTime = .system) {
        self.now = now
        self.time = time
    }

    /// As many lines as the screen has rows. Lines may be wider than the screen.
    package func lines(_ state: WatchState, size: ScreenSize) -> [TerminalLine] {
        let report = state.answers.report
        var lines = [title(state), assessment(state), TerminalLine()] + figures(report) + [TerminalLine()]
        lines += sparklines(state.answers.history, columns: size.columns)
        // One row is for the keys.
        let left = max(size.rows - 1 - lines.count, 0)
        lines += lists(report, rows: left, columns: size.columns)
        lines = Array(lines.prefix(size.rows - 1))
        lines += Array(repeating: TerminalLine(), count: size.rows - 1 - lines.count)
        return lines + [keys(state)]
    }

    // MARK: Above

    private func title(_ state: WatchState) -> TerminalLine {
        let report = state.answers.report
        var line = TerminalLine("flock-relay \(report.version)", .strong)
        line.add("  up \(FigureText.duration(report.uptimeSeconds))  ")
        line.add(time.dateAndClock(state.answers.receivedAt), .faint)
        if state.isPaused { line.add("  paused", .warning) }
        return line
    }

    private func assessment(_ state: WatchState) -> TerminalLine {
        if let since = state.lostSince {
            return TerminalLine(
                "The relay has not answered since \(time.shortClock(since)); trying again each second", .bad)
        }
        return Assessment(state.answers.report, readiness: state.answers.readiness).line
    }

    private func figures(_ report: StatusReport) -> [TerminalLine] {
        let latency = report.latency.createdToDelivered
        let window = report.window
        var rates = pair("delivered", "\(FigureText.decimal(report.rate.deliveredPerSecond, 1))/s", columns: 27)
        rates.add(
            pair("failed attempts", "\(FigureText.decimal(report.rate.failedAttemptsPerSecond, 1))/s", columns: 26))
        rates.add(pair("in flight", FigureText.count(report.deliveries.inFlight), columns: 26))
        var shares = pair("share delivered", window.shareDelivered.map(FigureText.percent) ?? "-", columns: 27)
        shares.add(pair("recovered", window.recoveryRate.map(FigureText.percent) ?? "-", columns: 26))
        shares.add(pair("pending", FigureText.count(report.deliveries.pending), columns: 26))
        let hasLatency = latency.count > 0
        var times = pair(
            "p50 / p95",
            hasLatency
                ? "\(FigureText.milliseconds(latency.p50Ms)) / \(FigureText.milliseconds(latency.p95Ms))" : "-",
            columns: 27)
        times.add(pair("p99", hasLatency ? FigureText.milliseconds(latency.p99Ms) : "-", columns: 26))
        times.add(
            pair(
                "oldest",
                report.deliveries.pending > 0 ? FigureText.duration(report.oldestPendingSeconds) : "-", columns: 26))
        var rest = TerminalLine("sessions ", .faint)
        rest.add(StatusText.sessions(report.sessions))
        rest.add("   outbox ", .faint)
        rest.add("\(FigureText.bytes(report.outboxBytes)) of \(FigureText.bytes(report.outboxMaxBytes))")
        return [rates, shares, times, rest]
    }

    /// A name and its figure.
    private func pair(_ name: String, _ figure: String, columns: Int) -> TerminalLine {
        var line = TerminalLine("\(name) ", .faint)
        line.add(figure, .strong)
        line.pad(to: columns - 2)
        line.add("  ")
        return line
    }

    // MARK: History

    private func sparklines(_ history: HistoryReport, columns: Int) -> [TerminalLine] {
        let name = 12
        let figure = 14
        let width = max(columns - 1 - name - figure, 8)
        let shown = HistoryColumns(history, count: width)
        func line(
            _ title: String, _ tint: Tint, _ value: (HistoryColumns.Column) -> Double?, _ text: (Double) -> String
        ) -> TerminalLine {
            let values = shown.columns.map { $0.flatMap(value) }
            let maximum = values.compactMap { $0 }.max()
            var line = TerminalLine()
            line.add(title, columns: name, .faint)
            line.add(Sparkline.text(values, maximum: maximum ?? 0), tint)
            if let maximum { line.add(" max \(text(maximum))", .faint) }
            return line
        }
        let perSecond = { (value: Double) in "\(FigureText.decimal(value, value < 100 ? 1 : 0))/s" }
        let title = "last \(FigureText.duration(Double(shown.secondsPerColumn * width)))"
        return [
            TerminalLine(title, .faint),
            line("delivered", .good, \.deliveredPerSecond, perSecond),
            line("failed", .bad, \.failedPerSecond, perSecond),
            line("p95", .plain, \.p95Ms, FigureText.milliseconds),
        ]
    }

    // MARK: Lists

    /// Origins and failures share the remaining rows; rows that one list does not need are used by the other.
    private func lists(_ report: StatusReport, rows: Int, columns: Int) -> [TerminalLine] {
        // Each list has an empty line and a row of titles.
        let heads = 2
        let failures = report.latestFailures.prefix(Self.maxFailures)
        let wanted = failures.isEmpty ? 0 : failures.count + heads
        let forFailures = min(wanted, max(rows / 2, rows - heads - max(report.origins.count, Self.minRows)))
        return origins(report, rows: rows - forFailures - heads, columns)
            + self.failures(Array(failures.prefix(max(forFailures - heads, 0))), columns)
    }

    private func origins(_ report: StatusReport, rows: Int, _ columns: Int) -> [TerminalLine] {
        guard rows >= Self.minRows else { return [] }
        if report.origins.isEmpty { return [TerminalLine(), TerminalLine("no pending deliveries", .faint)] }
        let text = OriginText(now: now, time: time)
        let isAll = report.originsTotal <= rows
        let shown = report.origins.prefix(isAll || rows == 1 ? rows : rows - 1)
        let table = TextTable(rightAligned: OriginText.rightAligned, limits: [4: max(columns * 3 / 10, 12)])
        var lines = table.lines([OriginText.titles.map { .init($0, .faint) }] + shown.map(text.cells))
        if report.originsTotal > shown.count, rows > 1 {
            lines.append(TerminalLine("… and \(FigureText.count(report.originsTotal - shown.count)) more", .faint))
        }
        return [TerminalLine()] + lines
    }

    private func failures(_ failures: [StatusReport.Failure], _ columns: Int) -> [TerminalLine] {
        guard failures.count >= Self.minRows else { return [] }
        let text = FailureText(now: now, time: time)
        let table = TextTable(
            rightAligned: FailureText.rightAligned, limits: [2: max(columns / 5, 8), 5: max(columns * 3 / 10, 12)])
        return [TerminalLine()]
            + table.lines([FailureText.titles.map { .init($0, .faint) }] + failures.map(text.cells))
    }

    // MARK: Below

    private func keys(_ state: WatchState) -> TerminalLine {
        var line = TerminalLine("q", .strong)
        line.add(" quit   ", .faint)
        line.add("space", .strong)
        line.add(state.isPaused ? " resume" : " pause", .faint)
        return line
    }
}
