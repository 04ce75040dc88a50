import Domain
import Status
import Terminal
import Testing

@Suite struct TimelineTextTests {
    private let text = TimelineText(now: Reports.now, time: Reports.time)

    private func delivery(
        _ sequence: Int, _ state: String, event: String = "artifact.created", reason: String? = nil,
        next: Double? = nil, attempts: [(startedAgo: Double, status: Int?, error: String?)]
    ) -> CorrelationReport.Delivery {
        .init(
            sequence: sequence, event: event, artifactId: "a-\(sequence)", type: "shop.Order",
            origin: "https://a.example", state: state, reason: reason, createdAt: Reports.ago(20),
            receivedAt: Reports.ago(19.5), endedAt: state == "pending" ? nil : Reports.ago(15),
            nextAttemptAt: next.map { Reports.ago(-$0) },
            attempts: attempts.enumerated().map { index, attempt in
                .init(
                    attempt: index + 1, startedAt: Reports.ago(attempt.startedAgo), durationMs: 12,
                    status: attempt.status, error: attempt.error)
            })
    }

    private func report(_ deliveries: [CorrelationReport.Delivery]) -> CorrelationReport {
        CorrelationReport(
            correlationId: "w\u{1B}[2J", state: "active", origin: "https://a.example", pending: 1, delivered: 2,
            failed: 1,
            lastSequence: 9, lastActivityAt: Reports.ago(90), firstSequence: 2, gaps: 3, deliveries: deliveries)
    }

    @Test("The head shows the state, counts, webhook and last activity of the workflow")
    func head() {
        #expect(
            text.head(report([])).plain == [
                #"workflow       w\u001b[2J"#, "state          active: 2 delivered, 1 failed, 1 pending",
                "webhook        https://a.example",
                "numbers        #2 to #9; 3 of the workflow no longer in the history",
                "last activity  2026-11-23 15:38:32 (1 min 30 s ago)",
            ])
    }

    @Test("Each delivery is shown with each attempt, and what comes next")
    func deliveries() {
        let shown = text.deliveries(
            report([
                delivery(2, "delivered", attempts: [(19, 500, "http_500"), (15, 200, nil)]),
                delivery(5, "failed", reason: "timeout", attempts: [(19, nil, "timeout")]),
                delivery(6, "pending", next: 3, attempts: [(1, nil, "tls_error")]),
                delivery(7, "delivered", event: "workflow.completed", attempts: [(15, 200, nil)]),
                delivery(9, "pending", attempts: []),
            ]), showsGaps: true
        ).plain
        let about = "to https://a.example, received 2026-11-23 15:39:43 (20 s ago)"
        #expect(
            shown == [
                "", "#2 shop.Order  recovered after 2 attempts, 5.00 s after it was created", "   a-2 \(about)",
                "   15:39:43.500     +1.00 s  attempt 1: answered 500 in 12 ms",
                "   15:39:47.500     +5.00 s  attempt 2: answered 200 in 12 ms",
                "", "#3 to #4: no longer in the history",
                "", "#5 shop.Order  failed after 1 attempt: no answer in time", "   a-5 \(about)",
                "   15:39:43.500     +1.00 s  attempt 1: no answer in time in 12 ms",
                "", "#6 shop.Order  pending after 1 attempt", "   a-6 \(about)",
                "   15:40:01.500       +19 s  attempt 1: no valid TLS in 12 ms",
                "   15:40:05.500  next attempt in 3.0 s",
                "", "#7 end of the workflow  delivered, 5.00 s after it was created", "   a-7 \(about)",
                "   15:39:47.500     +5.00 s  attempt 1: answered 200 in 12 ms",
                "", "#8: no longer in the history",
                "", "#9 shop.Order  pending after 0 attempts", "   a-9 \(about)", "   the next attempt is due",
            ])
    }

    @Test func numbersThatAreNotAskedForAreNoGaps() {
        let shown = text.deliveries(
            report([delivery(2, "failed", attempts: []), delivery(5, "failed", attempts: [])]), showsGaps: false)
        #expect(!shown.plain.contains { $0.contains("no longer") })
    }
}
