import Outbox
import Domain
import Foundation
import OutboxSQLite
import Synchronization
import TestSupport
import Testing

@Suite struct SQLiteTransactionTests {
    @Test("Records that arrive during a transaction share the next one")
    func groupCommit() async throws {
        try await TemporaryDirectory.with { directory in
            let gate = Gate()
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite") { gate.committed($0) }
            let made = try await outbox.accept((1...200).map { "a\($0)" })
            gate.close(until: made.count)
            try await withThrowingTaskGroup { group in
                for delivery in made {
                    group.addTask {
                        gate.enter()
                        try await outbox.record([Sample.delivered(delivery)])
                    }
                }
                try await group.waitForAll()
            }
            #expect(outbox.figures().pending == 0)
            #expect(gate.transactions < 50)
            #expect(gate.members == made.count)
            try await outbox.close()
        }
    }

    @Test("A record waits for the batch delay, if no other work does", .timeLimit(.minutes(1)))
    func batchDelay() async throws {
        try await TemporaryDirectory.with { directory in
            let gate = Gate()
            let time = ManualTime()
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", time: time) { gate.committed($0) }
            let made = try await outbox.accept(["a"])
            gate.close(until: 0)
            async let record: Void = outbox.record([Sample.delivered(made[0])])
            try await eventually("the record waits") { time.sleeps == [.milliseconds(50)] }
            time.advance(by: .milliseconds(49))
            #expect(gate.transactions == 0)
            time.advance(by: .milliseconds(1))
            try await record
            #expect(gate.transactions == 1)
            try await outbox.close()
        }
    }

    @Test(
        "An acceptance, and a fourth record, take the records that wait into their transaction", .timeLimit(.minutes(1))
    )
    func sharedTransaction() async throws {
        try await TemporaryDirectory.with { directory in
            let gate = Gate()
            let time = ManualTime()
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", time: time) { gate.committed($0) }
            let made = try await outbox.accept(["a", "b", "c", "d", "e"])
            gate.close(until: 0)
            async let record: Void = outbox.record([Sample.delivered(made[0])])
            try await eventually("the record waits") { time.sleeps == [.milliseconds(50)] }
            try await outbox.accept(["f"])
            try await record
            #expect(gate.transactions == 1 && gate.members == 2)
            try await withThrowingTaskGroup { group in
                for delivery in made.dropFirst() {
                    group.addTask { try await outbox.record([Sample.delivered(delivery)]) }
                }
                try await group.waitForAll()
            }
            #expect(gate.transactions == 2 && gate.members == 6)
            try await outbox.close()
        }
    }

    @Test("Closing first writes records that wait for the batch delay", .timeLimit(.minutes(1)))
    func closingFlushes() async throws {
        try await TemporaryDirectory.with { directory in
            let time = ManualTime()
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", time: time)
            let made = try await outbox.accept(["a"])
            async let record: Void = outbox.record([Sample.delivered(made[0])])
            try await eventually("the record waits") { time.sleeps == [.milliseconds(50)] }
            try await outbox.close()
            try await record
            #expect(outbox.figures().pending == 0)
        }
    }

    @Test("A verification writes to the disk without changing data")
    func verifies() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([Sample.delivered(made[0])])
            let last = try await outbox.knowledge().lastDelivery
            let log = URL(fileURLWithPath: directory + "/outbox.sqlite-wal")
            let before = try Data(contentsOf: log)
            try await outbox.verifyWritable()
            #expect(try Data(contentsOf: log) != before)
            #expect(try await outbox.knowledge().lastDelivery == last)
            #expect(outbox.figures().pending == 1)
            try await outbox.close()
        }
    }

    @Test("A change that fails does not fail others of its transaction")
    func failsAlone() async throws {
        try await TemporaryDirectory.with { directory in
            let gate = Gate()
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite") { gate.committed($0) }
            let made = try await outbox.accept(["a", "b", "c"])
            gate.close(until: 4)
            let rejected = Task {
                gate.enter()
                try await outbox.commit(Acceptance(deliveries: [made[0]]))
            }
            try await withThrowingTaskGroup { group in
                for delivery in made {
                    group.addTask {
                        gate.enter()
                        try await outbox.record([Sample.delivered(delivery)])
                    }
                }
                try await group.waitForAll()
            }
            await #expect(throws: (any Error).self) { try await rejected.value }
            #expect(outbox.figures().pending == 0)
            try await outbox.close()
        }
    }

    @Test("An acceptance is committed whole or not at all")
    func allOrNothing() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            try await outbox.accept(["a"])
            await #expect(throws: (any Error).self) { try await outbox.accept(["b", "c", "a"]) }
            #expect(outbox.figures().pending == 1)
            #expect(try await outbox.accepted(["a", "b", "c"]) == ["a"])
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(1))
            #expect(try await outbox.knowledge().lastDelivery == DeliveryID(1))
            try await outbox.close()
        }
    }

    @Test("A full disk rejects new deliveries, keeps the old ones, and accepts again when there is room")
    func fullDisk() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let made = try await outbox.accept(["a", "b"])
            try await outbox.limit(pages: 1)
            let large = String(repeating: "x", count: 1 << 20)
            for _ in 0..<2 {
                await #expect(throws: (any Error).self) { try await outbox.accept(["c"], body: large) }
            }
            #expect(outbox.figures().pending == 2)
            #expect(try await outbox.load(made.map(\.id)).count == 2)
            try await outbox.record([Sample.delivered(made[0])])
            try await outbox.limit(pages: 1_000_000)
            try await outbox.accept(["c"], body: large)
            #expect(outbox.figures().pending == 2)
            #expect(outbox.figures().bytes == large.utf8.count + 2)
            try await outbox.close()
        }
    }

    @Test("On a full disk, kept bodies go before new deliveries are rejected for long")
    func fullDiskWithKeptBodies() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            let large = String(repeating: "x", count: 1 << 20)
            let made = try await outbox.accept(["a", "b"], body: large)
            try await outbox.record([
                Sample.record(made[0], outcome: .failed(.timeout), verdict: .failed(.timeout))
            ])
            try await outbox.limit(pages: 1)
            let larger = large + large.prefix(1 << 19)
            await #expect(throws: (any Error).self) { try await outbox.accept(["c"], body: larger) }
            #expect(try await outbox.knowledge().keptBytes == 0)
            try await outbox.accept(["c"], body: larger)
            #expect(outbox.figures().bytes == large.utf8.count + larger.utf8.count, "a pending body stays")
            #expect(try await outbox.redeliver() == [1: .gone])
            try await outbox.close()
        }
    }

    @Test func aClosedOutboxRejectsEverything() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            try await outbox.close()
            await #expect(throws: OutboxError.closed) { try await outbox.record([]) }
            await #expect(throws: (any Error).self) { try await outbox.knowledge() }
        }
    }

    @Test("The file shrinks when deliveries are no longer pending")
    func givesSpaceBack() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let kept = try await outbox.accept(["first"])
            let made = try await outbox.accept((1...64).map { "a\($0)" }, body: String(repeating: "x", count: 1 << 18))
            let last = try await outbox.accept(["last"])
            let large = try await outbox.storage().pages
            try await outbox.record(made.map { Sample.delivered($0) })
            try await outbox.expire(.sample(count: 0), now: Sample.noon)
            #expect(try await outbox.storage().pages < large / 2)
            #expect(try await outbox.load((kept + last).map(\.id)).count == 2)
            try await outbox.close()
        }
    }
}

/// Blocks the database thread after a transaction until this many callers are waiting, and counts transactions.
private final class Gate: Sendable {
    private struct State {
        var entered = 0
        var expected = 0
        var transactions = 0
        var members = 0
    }

    private let state = Mutex(State())

    var transactions: Int { state.withLock { $0.transactions } }
    var members: Int { state.withLock { $0.members } }

    /// Starts counting transactions.
    func close(until expected: Int) { state.withLock { $0 = State(expected: expected) } }

    func enter() { state.withLock { $0.entered += 1 } }

    func committed(_ report: CommitReport) {
        state.withLock {
            $0.transactions += 1
            $0.members += report.members
        }
        while state.withLock({ $0.entered < $0.expected }) { Thread.sleep(forTimeInterval: 0.001) }
    }
}
