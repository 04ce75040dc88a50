import Domain
import Status

/// Shows status reports as text tables.
enum StatusTable {
    static func text(_ report: StatusReport) -> String {
        let deliveries = report.deliveries
        var rows = [
            ["relay", "version \(report.version), up \(duration(report.uptimeSeconds))"],
            ["received", counts(report.received)],
            ["rejected", counts(report.refused)],
            [
                "dropped",
                "\(report.unmatched) unmatched, \(report.duplicates) duplicate, \(report.withheld) withheld, \(report.filtered) filtered",
            ],
            [
                "deliveries",
                "\(deliveries.delivered) delivered (\(deliveries.recovered) recovered), \(deliveries.failed) failed, "
                    + "\(deliveries.pending) pending, \(deliveries.inFlight) in flight",
            ],
            ["latency", latency(report.latency)],
            ["sessions", sessions(report.sessions)],
        ]
        if deliveries.failed > 0 { rows.append(["failed by", counts(deliveries.failedByReason)]) }
        if deliveries.pending > 0 { rows.append(["oldest", "\(duration(report.oldestPendingSeconds)) pending"]) }
        rows += report.origins.map {
            [
                "origin",
                "\($0.origin): \($0.pending)\($0.hasMore ? " and more" : "") pending, "
                    + "\($0.inFlight) in flight, \($0.state)",
            ]
        }
        return table(rows)
    }

    static func text(_ report: CorrelationReport) -> String {
        let head = [
            ["workflow", report.correlationId],
            [
                "state",
                "\(report.state): \(report.delivered) delivered, \(report.failed) failed, \(report.pending) pending",
            ],
            ["webhook", report.origin ?? "registration ended"],
        ]
        let deliveries = (report.deliveries ?? []).map { delivery in
            [
                "#\(delivery.sequence)", delivery.type, outcome(delivery),
                delivery.attempts.map(attempt).joined(separator: ", "),
            ]
        }
        return table(head) + (deliveries.isEmpty ? "" : "\n\n" + table(deliveries))
    }

    /// Columns are as wide as their widest cell; the last one is not padded. Cells may hold text from outside.
    static func table(_ cells: [[String]]) -> String {
        let rows = cells.map { $0.map(ControlCharacters.escaped) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { $0 == row.count - 1 ? $1 : $1.padded(to: widths[$0]) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func outcome(_ delivery: CorrelationReport.Delivery) -> String {
        if let reason = delivery.reason { return "failed (\(reason))" }
        return delivery.nextAttemptAt.map { "pending, next attempt at \($0)" } ?? delivery.state
    }

    private static func attempt(_ attempt: CorrelationReport.Attempt) -> String {
        "\(attempt.status.map { "\($0)" } ?? attempt.error ?? "?") in \(attempt.durationMs.rounded()) ms"
    }

    private static func counts(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private static func sessions(_ sessions: [StatusReport.Session]) -> String {
        let connections = sessions.map(\.connections).reduce(0, +)
        return "\(sessions.count), with \(connections) connection\(connections == 1 ? "" : "s")"
    }

    private static func latency(_ latency: StatusReport.Latencies) -> String {
        let window = latency.createdToDelivered
        if window.count == 0 { return "nothing delivered in the last 5 minutes" }
        return "created to 2xx p50 \(window.p50Ms) ms, p95 \(window.p95Ms) ms, p99 \(window.p99Ms) ms (last 5 minutes)"
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        if whole < 60 { return "\((seconds * 10).rounded() / 10) s" }
        return whole < 3_600 ? "\(whole / 60) min" : "\(whole / 3_600) h \(whole / 60 % 60) min"
    }
}
