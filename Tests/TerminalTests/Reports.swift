import Domain
import Foundation
import Status
import Terminal

/// Sample reports.
enum Reports {
    static let now = WallTime(iso8601: "2026-11-23T13:40:02.5Z") ?? WallTime(microseconds: 0)
    /// Two hours ahead of UTC.
    static let time = LocalTime { _ in .seconds(7_200) }

    static func ago(_ seconds: Double) -> String { (now - .milliseconds(Int(seconds * 1_000))).iso8601 }

    static func status(
        delivered: Int = 1_200, failed: Int = 0, recovered: Int = 0, pending: Int = 0, p95: Double = 36,
        oldest: Double = 0, outbox: Int = 0, origins: [StatusReport.Lane] = [], total: Int? = nil,
        failures: [StatusReport.Failure] = []
    ) -> StatusReport {
        StatusReport(
            version: "1.2.3", startedAt: ago(3_900), uptimeSeconds: 3_900,
            received: ["message_published": delivered], refused: [:], unmatched: 0, withheld: 0, filtered: 0,
            duplicates: 0, registrations: 3,
            deliveries: .init(
                pending: pending, inFlight: 0, delivered: delivered, recovered: recovered, failed: failed,
                failedByReason: failed > 0 ? ["http_500": failed] : [:]),
            attempts: delivered,
            window: .init(seconds: 300, delivered: delivered, failed: failed, recovered: recovered),
            rate: .init(deliveredPerSecond: 12.34, failedAttemptsPerSecond: 0.5),
            latency: .init(
                createdToDelivered: .init(count: delivered, p50Ms: 3.5, p95Ms: p95, p99Ms: 80),
                receivedToDelivered: .init(count: delivered, p50Ms: 3.5, p95Ms: p95, p99Ms: 80)),
            oldestPendingSeconds: oldest, outboxBytes: outbox, outboxMaxBytes: 4 << 30,
            sessions: [.init(inFlight: 1, connections: 4), .init(inFlight: 0, connections: 2)], origins: origins,
            originsTotal: total ?? origins.count, latestFailures: failures)
    }

    static func lane(
        _ name: String, _ state: String = "answering", pending: Int = 1, error: String? = nil, paused: Double? = nil
    ) -> StatusReport.Lane {
        .init(
            origin: "https://\(name).example", inFlight: 1, pending: pending, hasMore: pending > 100, state: state,
            since: ago(65), lastError: error, nextAttemptAt: ago(-2), pausedUntil: paused.map { ago(-$0) })
    }

    static func failure(_ workflow: String, origin: String = "https://a.example") -> StatusReport.Failure {
        .init(
            failedAt: ago(10), correlationId: workflow, sequence: 7, artifactType: "shop.Order", origin: origin,
            reason: "timeout", attempts: 4)
    }

    /// One sample a second, the last one now.
    static func history(_ delivered: [Int], failed: Int = 0) -> HistoryReport {
        let first = Int(now.seconds) - delivered.count + 1
        return HistoryReport(
            intervalSeconds: 1, startedAt: ago(Double(delivered.count)),
            samples: delivered.enumerated().map { index, count in
                .init(
                    t: first + index, delivered: count, failed: failed, p50Ms: count > 0 ? 3 : nil,
                    p95Ms: count > 0 ? 30 : nil)
            })
    }

    static func watched(
        _ report: StatusReport, history: HistoryReport = history([1, 2, 3]), failing: [String] = []
    ) -> WatchState {
        WatchState(
            .init(report: report, readiness: Readiness(failing: failing), history: history, receivedAt: now))
    }

    static func attempt(_ members: String) throws -> AttemptReport {
        let json =
            #"{"ended_at":"2026-11-23T13:40:02.577437Z","correlation_id":"w-1","sequence":7,"artifact_id":"a","#
            + #""artifact_type":"shop.Order","event":"artifact.created","origin":"https://a.example","#
            + #""duration_ms":3.52,\#(members)}"#
        return try StatusJSON.decoder.decode(AttemptReport.self, from: Data(json.utf8))
    }
}

extension [TerminalLine] {
    /// Without colours.
    var plain: [String] { map { $0.text(colored: false) } }
}
