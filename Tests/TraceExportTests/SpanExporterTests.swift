import Domain
import TestSupport
import Testing
import TraceExport

@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
    @Test("Spans wait for the delay, or for a whole batch")
    func batches() async throws {
        let exports = Exports { $0.maxBatchSize = 3 }
        try await exports.run {
            exports.record(2)
            try await eventually("the delay runs") { exports.time.sleeps == [.seconds(5)] }
            #expect(exports.requestCount == 0)
            exports.time.advance(by: .seconds(5))
            try await exports.answer(200)
            try await eventually("both are exported") { exports.exportedCount == 2 }
            exports.record(7)
            try await exports.answer(200)
            try await exports.answer(204)
            try await eventually("two batches are exported") { exports.exportedCount == 8 }
            try await eventually("the rest waits") { exports.time.sleeps == [.seconds(5)] }
            #expect(exports.requestCount == 3 && exports.exporter.pendingCount == 1)
        }
        #expect(exports.exportedCount == 9 && exports.dropped.isEmpty)
    }

    @Test("A flush does not wait for the delay")
    func flush() async throws {
        let exports = Exports()
        try await exports.run {
            exports.record(1)
            exports.tracer.forceFlush()
            try await exports.answer(200)
            try await eventually("it is exported") { exports.exportedCount == 1 }
            try await eventually("the delay runs again") { exports.time.sleeps == [.seconds(5)] }
        }
    }

    @Test("While a request is under way, the queue takes its limit; further spans are dropped and counted")
    func queueLimit() async throws {
        let exports = Exports {
            $0.maxQueueSize = 10
            $0.maxBatchSize = 4
        }
        try await exports.run {
            exports.record(4)
            try await eventually("a request is under way") { exports.requestCount == 1 }
            exports.record(13)
            #expect(exports.dropped == [.queueFull: 3] && exports.exporter.pendingCount == 14)
            try await exports.answer(200)
        }
        #expect(exports.exportedCount == 14 && exports.dropped == [.queueFull: 3])
    }

    static let retried: [SendResult] =
        [429, 502, 503, 504].map { .ended(.answered(status: $0, retryAfter: nil)) }
        + [.connectionRefused, .connectionReset, .timeout, .dnsError, .tlsError].map { .ended(.failed($0)) }
        + [.notSent(.fileDescriptors)]

    @Test("Spans are retried after a temporary failure, with growing waits, for 30 s", arguments: retried)
    func retries(_ result: SendResult) async throws {
        let exports = Exports()
        try await exports.run {
            exports.record(2)
            exports.exporter.flush()
            for wait in [1, 2, 4, 8] {
                try await exports.answer(result)
                try await eventually("the backoff runs") { exports.time.sleeps == [.seconds(wait)] }
                exports.time.advance(by: .seconds(wait))
            }
            try await exports.answer(result)
            try await eventually("they are dropped") { exports.dropped == [.notExported(result): 2] }
            #expect(exports.retries == 4 && exports.exportedCount == 0 && exports.requestCount == 5)
        }
    }

    @Test("Spans that are sent again are the same, and count once")
    func recovers() async throws {
        let exports = Exports()
        try await exports.run {
            exports.record(2)
            exports.exporter.flush()
            try await exports.answer(503)
            let body = exports.lastBody
            try await exports.time.advance(by: .seconds(1), whenSleeping: 1)
            try await exports.answer(200)
            try await eventually("they are exported") { exports.exportedCount == 2 }
            #expect(exports.lastBody == body && exports.dropped.isEmpty)
        }
    }

    @Test("Spans are dropped at once after a permanent failure", arguments: [300, 307, 400, 401, 404, 413, 500, 501])
    func drops(_ status: Int) async throws {
        let exports = Exports()
        try await exports.run {
            exports.record(1)
            exports.exporter.flush()
            try await exports.answer(status)
            let result = SendResult.ended(.answered(status: status, retryAfter: nil))
            try await eventually("it is dropped") { exports.dropped == [.notExported(result): 1] }
        }
        #expect(exports.requestCount == 1 && exports.retries == 0)
    }

    @Test("Retry-After is obeyed up to a minute, also for later spans")
    func retryAfter() async throws {
        let exports = Exports()
        try await exports.run {
            exports.record(1)
            exports.exporter.flush()
            try await exports.answer(429, retryAfter: "7")
            try await eventually("the wait runs") { exports.time.sleeps == [.seconds(7)] }
            exports.time.advance(by: .seconds(7))
            try await exports.answer(503, retryAfter: "86400")
            try await eventually("the spans are dropped") { exports.dropped.values.reduce(0, +) == 1 }
            exports.record(1)
            exports.exporter.flush()
            try await eventually("the next ones wait") { exports.time.sleeps == [.seconds(60)] }
            #expect(exports.requestCount == 2)
            exports.time.advance(by: .seconds(60))
            try await eventually("the next request is under way") { exports.requestCount == 3 }
            #expect(exports.lastTimeout == .seconds(10), "the wait does not use up its time")
            try await exports.answer(200)
            try await eventually("they are exported") { exports.exportedCount == 1 }
        }
    }

    @Test("A request has the time of OTEL_EXPORTER_OTLP_TIMEOUT, and no more than the batch has left")
    func timeouts() async throws {
        let exports = Exports {
            $0.requestTimeout = .seconds(10)
            $0.exportTimeout = .seconds(12)
        }
        try await exports.run {
            exports.record(1)
            exports.exporter.flush()
            try await eventually("a request is under way") { exports.requestCount == 1 }
            #expect(exports.lastTimeout == .seconds(10))
            exports.time.advance(by: .seconds(9))
            try await exports.answer(.ended(.failed(.timeout)))
            try await exports.time.advance(by: .seconds(1), whenSleeping: 1)
            try await eventually("the second is under way") { exports.requestCount == 2 }
            #expect(exports.lastTimeout == .seconds(2))
        }
    }

    @Test("Draining sends the remaining spans once, without waits")
    func drain() async throws {
        let exports = Exports { $0.maxBatchSize = 2 }
        let running = Task { await exports.exporter.run() }
        exports.record(2)
        try await exports.answer(503)
        try await eventually("the backoff runs") { exports.time.sleeps == [.seconds(1)] }
        exports.record(3)
        exports.exporter.drain()
        try await exports.answer(503)
        try await exports.answer(503)
        try await exports.answer(200)
        await running.value
        #expect(exports.exportedCount == 1 && exports.exporter.pendingCount == 0 && exports.requestCount == 4)
    }
}
