import Domain
import Telemetry
import TestSupport
import Testing

@Suite struct MetersTests {
    private let time = ManualTime()
    private let meters: Meters

    init() { meters = Meters(time: time) }

    @Test func namesAreTheDocumentedOnes() {
        let text = meters.registry.text()
        let named = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.dropFirst(7)) }
        #expect(
            Set(named) == [
                "flock_relay_events_total counter", "flock_relay_rejected_lines_total counter",
                "flock_relay_unmatched_total counter", "flock_relay_withheld_total counter",
                "flock_relay_duplicates_total counter", "flock_relay_dropped_lines_total counter",
                "flock_relay_redelivered_total counter", "flock_relay_filtered_total counter",
                "flock_relay_deliveries_total counter", "flock_relay_failed_total counter",
                "flock_relay_recovered_total counter", "flock_relay_attempts_total counter",
                "flock_relay_attempt_errors_total counter", "flock_relay_delivery_latency_seconds histogram",
                "flock_relay_attempt_duration_seconds histogram", "flock_relay_outbox_commit_seconds histogram",
                "flock_relay_session_stalls_total counter", "flock_relay_spans_exported_total counter",
                "flock_relay_spans_dropped_total counter",
            ])
        #expect(text.contains("flock_relay_delivery_latency_seconds_bucket{le=\"0.5\"} 0\n"))
    }

    @Test func labelsAreTheDocumentedOnes() {
        meters.events.add(1, "hello")
        meters.rejectedLines.add(1, "too_long")
        meters.deliveries.add(1, "failed")
        meters.failed.add(1, "timeout")
        meters.attempts.add(1, "error")
        meters.attemptErrors.add(1, "timeout")
        let text = meters.registry.text()
        for series in [
            "events_total{kind=\"hello\"}", "rejected_lines_total{code=\"too_long\"}",
            "deliveries_total{outcome=\"failed\"}", "failed_total{reason=\"timeout\"}",
            "attempts_total{outcome=\"error\"}", "attempt_errors_total{class=\"timeout\"}",
        ] {
            #expect(text.contains("flock_relay_\(series) 1\n"), "\(series)")
        }
    }

    @Test func aDeliveryAfterARetryCountsAsRecovered() throws {
        let created = Sample.timeOfDay - .milliseconds(1_500)
        let delivery = try Sample.delivery(1, createdAt: created, receivedAt: Sample.noon)
        let end = Sample.noon + .milliseconds(500)
        meters.count(
            Sample.record(
                delivery, outcome: .answered(status: 500, retryAfter: nil), verdict: .retry(after: .seconds(1))))
        meters.count(
            Sample.record(delivery, attempt: 2, outcome: .failed(.timeout), verdict: .retry(after: .seconds(2))))
        #expect(meters.deliveries.total == 0)
        meters.count(Sample.delivered(delivery, attempt: 3, endedAt: end))
        #expect(meters.attempts.byLabel == ["non_2xx": 1, "error": 1, "2xx": 1])
        #expect(meters.attemptErrors.byLabel == ["http_500": 1, "timeout": 1])
        #expect(meters.deliveries.byLabel == ["delivered": 1])
        #expect(meters.recovered.total == 1 && meters.failed.total == 0)
        #expect(meters.registry.text().contains("flock_relay_delivery_latency_seconds_sum 2\n"))
        #expect(meters.registry.text().contains("flock_relay_attempt_duration_seconds_count 3\n"))
        #expect(meters.sinceCreation.percentiles().count == 1)
        #expect(meters.sinceReceipt.percentiles().count == 1)
    }

    @Test func aDeliveryAtTheFirstAttemptDoesNotCountAsRecovered() throws {
        meters.count(Sample.delivered(try Sample.delivery(1)))
        #expect(meters.recovered.total == 0)
        #expect(meters.deliveries.byLabel == ["delivered": 1])
    }

    @Test func failureIsCountedByItsReason() throws {
        let delivery = try Sample.delivery(1)
        meters.count(Sample.record(delivery, attempt: 4, outcome: .failed(.dnsError), verdict: .failed(.dnsError)))
        #expect(meters.failed.byLabel == ["dns_error": 1])
        #expect(meters.deliveries.byLabel == ["failed": 1])
        #expect(meters.recovered.total == 0)
        #expect(meters.sinceCreation.percentiles().count == 0)
    }

    @Test("A step of the system's clock changes no latency since receipt")
    func latencyOverAStep() throws {
        let delivery = try Sample.delivery(1)
        let end = Sample.moment(Sample.noon + .milliseconds(500))
        let stepped = Moment(wall: end.wall + .hours(24), steady: end.steady, monotonic: end.monotonic)
        let record = Sample.delivered(delivery)
        meters.count(
            AttemptRecord(delivery: delivery, attempt: record.attempt, verdict: .delivered, endedAt: stepped))
        #expect((490...510).contains(meters.sinceReceipt.percentiles().p50))
    }

    @Test func latencyIsNeverBelowZero() throws {
        let future = Sample.moment(Sample.noon + .seconds(60))
        meters.count(Sample.delivered(try Sample.delivery(1, createdAt: future.wall, receivedAt: future.steady)))
        #expect(meters.registry.text().contains("flock_relay_delivery_latency_seconds_sum 0\n"))
        #expect(meters.registry.text().contains("flock_relay_delivery_latency_seconds_bucket{le=\"0.001\"} 1\n"))
    }
}
