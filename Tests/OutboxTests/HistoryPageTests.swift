import Domain
import Outbox
import TestSupport
import Testing

/// The deliveries of one workflow, page by page.
@Suite struct HistoryPageTests {
    private let noon = Sample.noon
    private let id = CorrelationID("w")

    @Test("Pages show each delivery once, by sequence number", arguments: OutboxImplementation.all)
    func pages(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept((1...10).map { "a\($0)" })
            for limit in [1, 3, 9, 10, 11] {
                #expect(try await sequences(outbox, HistoryQuery(limit: limit)) == Array(1...10), "\(limit)")
            }
            let page = try #require(try await outbox.history(of: id, HistoryQuery(from: SequenceNumber(4), limit: 3)))
            #expect(page.deliveries.map(\.sequence.rawValue) == [4, 5, 6] && page.next == SequenceNumber(7))
            #expect(page.first == SequenceNumber(1) && page.gaps == 0 && page.ranges.isEmpty)
            let behind = try #require(
                try await outbox.history(of: id, HistoryQuery(from: SequenceNumber(11), limit: 3)))
            #expect(behind.deliveries.isEmpty && behind.next == nil && behind.first == SequenceNumber(1))
            #expect(try await outbox.history(of: CorrelationID("unknown"), HistoryQuery(limit: 3)) == nil)
        }
    }

    @Test("Deliveries of earlier and later registrations are in one order", arguments: OutboxImplementation.all)
    func registrations(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["a1", "a2"])
            for number in 1...5 {
                try await outbox.accept(["x"], of: "v\(number)")
                try await outbox.move(to: "https://\(number % 2).example/", ["b\(number)", "c\(number)"])
            }
            #expect(try await sequences(outbox, HistoryQuery(limit: 5)) == Array(1...12))
            #expect(try await sequences(outbox, HistoryQuery(from: SequenceNumber(4), limit: 2)) == Array(4...12))
        }
    }

    @Test("A page of one state leaves out the others", arguments: OutboxImplementation.all)
    func states(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept((1...9).map { "a\($0)" })
            for (index, delivery) in made.enumerated() where index % 3 != 0 {
                try await outbox.record([index % 3 == 1 ? Sample.delivered(delivery) : failure(delivery)])
            }
            let found: (HistoryQuery.State) async throws -> [Int64] = { state in
                try await self.sequences(outbox, HistoryQuery(limit: 2, state: state))
            }
            #expect(try await found(.pending) == [1, 4, 7])
            #expect(try await found(.delivered) == [2, 5, 8])
            #expect(try await found(.failed) == [3, 6, 9])
        }
    }

    @Test("Deliveries that have left the history are gaps", arguments: OutboxImplementation.all)
    func gaps(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept((1...10).map { "a\($0)" })
            for delivery in made where ![1, 5].contains(delivery.sequence.rawValue) {
                let isOld = delivery.sequence < SequenceNumber(9)
                let end = isOld ? noon : noon + .hours(2)
                try await outbox.record([
                    delivery.sequence == SequenceNumber(3)
                        ? failure(delivery, at: end) : Sample.delivered(delivery, endedAt: end)
                ])
            }
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(2))
            let page = try #require(try await outbox.history(of: id, HistoryQuery(limit: 2, ranges: 2)))
            #expect(page.deliveries.map(\.sequence.rawValue) == [1, 5] && page.next == SequenceNumber(9))
            #expect(page.first == SequenceNumber(1) && page.gaps == 6)
            #expect(counts(page.ranges) == [[1, 5, 2, 1, 2], [6, 10, 5, 0, 0]], "what has left the history counts")
            try await outbox.record([Sample.delivered(made[0], endedAt: noon + .hours(2))])
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(4))
            #expect(try await outbox.history(of: id, HistoryQuery(limit: 2))?.first == SequenceNumber(5))
            try await outbox.record([Sample.delivered(made[4], endedAt: noon + .hours(4))])
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(9))
            let empty = try #require(try await outbox.history(of: id, HistoryQuery(limit: 2, ranges: 1)))
            #expect(empty.deliveries.isEmpty && empty.next == nil && empty.first == nil && empty.gaps == 10)
            #expect(counts(empty.ranges) == [[1, 10, 9, 1, 0]])
        }
    }

    @Test("Ranges follow redeliveries and new deliveries", arguments: OutboxImplementation.all)
    func ranges(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept((1...7).map { "a\($0)" })
            for delivery in made.prefix(4) { try await outbox.record([failure(delivery)]) }
            let found = { () async throws -> [[Int]] in
                try await self.counts(outbox.history(of: id, HistoryQuery(limit: 1, ranges: 3))?.ranges ?? [])
            }
            #expect(try await found() == [[1, 2, 0, 2, 0], [3, 4, 0, 2, 0], [5, 7, 0, 0, 3]])
            try await outbox.redeliver([2])
            #expect(try await found() == [[1, 2, 0, 1, 1], [3, 4, 0, 2, 0], [5, 7, 0, 0, 3]])
            try await outbox.accept(["b"])
            #expect(try await found()[2] == [6, 8, 0, 0, 3])
            #expect(try await outbox.history(of: id, HistoryQuery(limit: 1, ranges: 500))?.ranges.count == 8)
        }
    }

    @Test("Ranges of a workflow without deliveries are none", arguments: OutboxImplementation.all)
    func noDeliveries(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept([])
            let page = try #require(try await outbox.history(of: id, HistoryQuery(limit: 1, ranges: 5)))
            #expect(page.ranges.isEmpty && page.gaps == 0 && page.first == nil)
        }
    }

    @Test("A workflow that is read in several slices has no seams", arguments: OutboxImplementation.all)
    func slices(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            var last: Delivery?
            for start in stride(from: 0, to: 24_000, by: 4_000) {
                let made = try await outbox.accept((start..<start + 4_000).map { "a\($0)" })
                try await outbox.record(made.dropLast().map { Sample.delivered($0) })
                try await outbox.record(start == 20_000 ? [failure(made[3_999])] : [])
                last = made.last
                // Also when the last slice is full, and when there is none behind it.
                #expect(try await outbox.history(of: id, HistoryQuery(limit: 1))?.gaps == 0)
            }
            #expect(try await sequences(outbox, HistoryQuery(limit: 7_000)) == Array(1...24_000))
            #expect(try await sequences(outbox, HistoryQuery(limit: 1, state: .failed)) == [24_000])
            let pending: [Int64] = [4_000, 8_000, 12_000, 16_000, 20_000]
            #expect(try await sequences(outbox, HistoryQuery(limit: 3, state: .pending)) == pending)
            let page = try #require(try await outbox.history(of: id, HistoryQuery(limit: 1, ranges: 6)))
            #expect(
                page.ranges.map(\.pending) == [1, 1, 1, 1, 1, 0] && page.ranges.map(\.failed) == [0, 0, 0, 0, 0, 1])
            #expect(last?.sequence == SequenceNumber(24_000))
        }
    }

    @Test("A delivery shows when it was created and when it ended", arguments: OutboxImplementation.all)
    func times(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([failure(made[0], at: noon + .seconds(3))])
            let found = try #require(try await outbox.history(of: id)?.deliveries)
            #expect(found.map(\.createdAt) == [Sample.timeOfDay, Sample.timeOfDay])
            #expect(found.map(\.endedAt) == [noon + .seconds(3), nil])
            try await outbox.redeliver([1])
            #expect(try await outbox.history(of: id)?.deliveries.first?.endedAt == nil)
        }
    }

    @Test("A completion is an event of its own", arguments: OutboxImplementation.all)
    func completion(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["a", "workflow.completed", "workflow.completed.3", "workflow.completedx"])
            let events = try await outbox.history(of: id)?.deliveries.map(\.event)
            #expect(events == [.artifactCreated, .workflowCompleted, .workflowCompleted, .artifactCreated])
        }
    }

    private func failure(_ delivery: Delivery, at end: SteadyTime = Sample.noon) -> AttemptRecord {
        Sample.record(delivery, outcome: .failed(.timeout), verdict: .failed(.timeout), endedAt: end)
    }

    private func counts(_ ranges: [DeliveryRange]) -> [[Int]] {
        ranges.map {
            [Int($0.sequences.lowerBound), Int($0.sequences.upperBound), $0.delivered, $0.failed, $0.pending]
        }
    }

    /// All pages.
    private func sequences(_ outbox: any OutboxRoles, _ query: HistoryQuery) async throws -> [Int64] {
        var found: [Int64] = []
        var next: SequenceNumber? = query.from
        while let from = next {
            let page = try #require(
                try await outbox.history(of: id, HistoryQuery(from: from, limit: query.limit, state: query.state)))
            #expect(page.deliveries.count <= query.limit && (page.next == nil || page.deliveries.count == query.limit))
            found += page.deliveries.map(\.sequence.rawValue)
            next = page.next
        }
        return found
    }
}
