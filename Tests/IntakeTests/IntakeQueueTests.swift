import Domain
import Intake
import Testing

/// What happens to batches while commits work, fail and recover.
@Suite struct IntakeQueueTests {
    private struct Batch: IntakeQueueEntry {
        let connection: Int
        var bytes = 100
        var mayBlock = true
        var isAbandoned = false
        var arrivedAt = MonotonicTime(.zero)
    }

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    /// A queue whose first commit, of these batches, has failed at 0 s.
    private func failing(_ batches: Batch..., neededBytes: Int? = nil) -> IntakeQueue<Batch> {
        var queue = IntakeQueue<Batch>()
        for batch in batches { _ = queue.arrive(batch, now: time(0)) }
        _ = queue.nextCommit(now: time(0))
        _ = queue.failed(neededBytes: neededBytes, now: time(0))
        return queue
    }

    @Test("The first batch starts committing, later ones wait for the next commit")
    func arrivals() {
        var queue = IntakeQueue<Batch>()
        #expect(queue.arrive(Batch(connection: 1), now: time(0)) == .startCommitting)
        #expect(queue.arrive(Batch(connection: 2), now: time(0)) == .wait, "committing starts once")
        #expect(queue.nextCommit(now: time(0))?.map(\.connection) == [1, 2])
        #expect(queue.arrive(Batch(connection: 3), now: time(0)) == .wait)
        #expect(queue.committed(wrote: true) == nil)
        #expect(queue.nextCommit(now: time(0))?.map(\.connection) == [3])
        #expect(queue.committed(wrote: true) == nil)
        #expect(queue.nextCommit(now: time(0)) == nil)
        #expect(queue.arrive(Batch(connection: 1), now: time(0)) == .startCommitting)
    }

    @Test("After each failure the next commit takes half as many batches, and all of them after a success")
    func smallerCommits() {
        var queue = failing(
            Batch(connection: 1), Batch(connection: 2), Batch(connection: 3), Batch(connection: 4))
        #expect(queue.nextCommit(now: time(1))?.count == 2)
        _ = queue.failed(neededBytes: nil, now: time(1))
        #expect(queue.nextCommit(now: time(2))?.map(\.connection) == [1])
        #expect(queue.committed(wrote: true) != nil)
        queue.recovered()
        #expect(queue.nextCommit(now: time(3))?.map(\.connection) == [2, 3, 4])
    }

    @Test("A batch whose writer reads acknowledgements waits for as long as commits fail")
    func acknowledgingWriter() {
        var queue = failing(Batch(connection: 1))
        for second in 1...100 {
            #expect(queue.nextCommit(now: time(Double(second)))?.map(\.connection) == [1])
            #expect(queue.failed(neededBytes: nil, now: time(Double(second))).isEmpty)
        }
        #expect(queue.arrive(Batch(connection: 2, arrivedAt: time(100)), now: time(100)) == .wait)
    }

    @Test("A batch of any other writer is dropped once it has waited for a second")
    func plainWriter() {
        var queue = failing(Batch(connection: 1, mayBlock: false), Batch(connection: 2))
        _ = queue.nextCommit(now: time(1))
        #expect(queue.failed(neededBytes: nil, now: time(1)).isEmpty)
        _ = queue.nextCommit(now: time(1.1))
        #expect(queue.failed(neededBytes: nil, now: time(1.1)).map(\.connection) == [1])
        #expect(queue.nextCommit(now: time(1.2))?.map(\.connection) == [2])
    }

    @Test("A batch that arrives after commits have failed for a second is dropped at once")
    func lateArrival() {
        var queue = failing(Batch(connection: 1))
        #expect(queue.arrive(Batch(connection: 2, mayBlock: false, arrivedAt: time(0.5)), now: time(0.5)) == .wait)
        #expect(queue.arrive(Batch(connection: 3, mayBlock: false, arrivedAt: time(1.1)), now: time(1.1)) == .drop)
    }

    @Test("A batch that arrives while a commit is under way is not dropped before it has been tried")
    func untried() {
        var queue = failing(Batch(connection: 1))
        _ = queue.nextCommit(now: time(0.9))
        #expect(queue.arrive(Batch(connection: 2, mayBlock: false, arrivedAt: time(0.95)), now: time(0.95)) == .wait)
        #expect(queue.failed(neededBytes: nil, now: time(2)).isEmpty)
        _ = queue.nextCommit(now: time(2.1))
        #expect(queue.failed(neededBytes: nil, now: time(2.1)).map(\.connection) == [2])
    }

    @Test("While the outbox is full, a batch smaller than the one that had no room is tried")
    func smallBatch() {
        var queue = failing(Batch(connection: 1, bytes: 1_000, mayBlock: false), neededBytes: 900)
        _ = queue.nextCommit(now: time(1.1))
        #expect(queue.failed(neededBytes: 900, now: time(1.1)).count == 1)
        let small = Batch(connection: 2, bytes: 999, mayBlock: false, arrivedAt: time(2))
        let large = Batch(connection: 3, bytes: 1_000, mayBlock: false, arrivedAt: time(2))
        #expect(queue.arrive(large, now: time(2)) == .drop)
        #expect(queue.arrive(small, now: time(2)) == .wait)
    }

    @Test("After a failure, room for what had none is verified, and a write if nothing was written")
    func verification() {
        var queue = failing(Batch(connection: 1), neededBytes: 900)
        _ = queue.nextCommit(now: time(1))
        #expect(queue.committed(wrote: true) == .init(bytes: 900, needsWrite: false))
        _ = queue.failed(neededBytes: 900, now: time(1))
        #expect(queue.nextCommit(now: time(2))?.isEmpty == true, "commits are tried without a batch, too")
        #expect(queue.committed(wrote: false) == .init(bytes: 900, needsWrite: true))
        queue.recovered()
        #expect(queue.nextCommit(now: time(3)) == nil)
    }

    @Test("While commits fail, batches whose writer is gone are taken out")
    func abandonedBatches() {
        var queue = failing(Batch(connection: 1), Batch(connection: 2, isAbandoned: true))
        #expect(queue.takeAbandoned().map(\.connection) == [2])
        #expect(queue.takeAbandoned().isEmpty)
        #expect(queue.nextCommit(now: time(1))?.map(\.connection) == [1])
    }

    @Test("A failure for another reason forgets what had no room")
    func otherReason() {
        var queue = failing(Batch(connection: 1), neededBytes: 900)
        _ = queue.nextCommit(now: time(1))
        _ = queue.failed(neededBytes: nil, now: time(1))
        _ = queue.nextCommit(now: time(2))
        #expect(queue.committed(wrote: true) == .init(bytes: 0, needsWrite: false))
    }
}
