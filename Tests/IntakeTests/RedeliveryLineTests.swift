import Domain
import Ingest
import Intake
import TestSupport
import Testing

/// What a `redeliver` line decides.
@Suite struct RedeliveryLineTests {
    private let harness = IntakeHarness()

    private func ticket(_ id: Int64, to origin: String = "a", bytes: Int = 100) -> Ticket {
        var ticket = Sample.ticket(id, to: origin, bytes: bytes)
        ticket.attempts = 4
        ticket.attemptsBefore = 4
        return ticket
    }

    private func know(_ found: [Int64: Redelivery], of workflow: String = "w-1", in harness: IntakeHarness) {
        harness.knowledge.redeliveries[CorrelationID(workflow)] = Dictionary(
            uniqueKeysWithValues: found.map { (SequenceNumber($0.key), $0.value) })
    }

    @Test func everyFailedDeliveryWithABodyIsRedelivered() throws {
        know([2: .possible(ticket(12)), 5: .possible(ticket(15))], in: harness)
        let batch = try harness.take([SampleLine.redelivery()])
        #expect(batch.acceptance.redelivered == [ticket(12), ticket(15)])
        #expect(batch.acceptance.pendingBytes == 0 && !batch.acceptance.isEmpty)
        #expect(batch.rejected.isEmpty && batch.settled == [1])
        #expect(batch.counts.redelivered == 2 && batch.counts.events == [.redeliver: 1])
    }

    /// One line may ask for gigabytes of bodies. Each commit takes a part, and names what is left by its numbers, so that a
    /// delivery that fails again meanwhile is not redelivered twice.
    @Test func aLineBeyondTheBudgetIsLeftToLaterCommits() throws {
        let large = 9 << 20
        var known: [Int64: Redelivery] = [9: .gone]
        for number in Int64(1)...5 { known[number] = .possible(ticket(10 + number, bytes: large)) }
        know(known, in: harness)
        let first = try harness.take([SampleLine.redelivery()])
        #expect(first.acceptance.redelivered.map(\.id) == [DeliveryID(11), DeliveryID(12)])
        #expect(first.rejected.isEmpty && first.settled.isEmpty && first.counts.events[.redeliver] == 0)
        let rest = try #require(first.deferred.values.first?.first)
        guard case .redeliver(let request) = rest.event else {
            Issue.record("the rest is no redelivery")
            return
        }
        #expect(rest.number == 1)
        #expect(request.sequences == Set([3, 4, 5, 9].map { SequenceNumber($0) }))
    }

    @Test func linesOfOneBatchRedeliverADeliveryOnce() throws {
        know([2: .possible(ticket(12)), 3: .possible(ticket(13)), 4: .notNeeded], in: harness)
        let batch = try harness.take([
            SampleLine.redelivery("[2]"), SampleLine.redelivery("[2,3,4]"), SampleLine.redelivery("[3]"),
        ])
        #expect(batch.acceptance.redelivered.map(\.id) == [DeliveryID(12), DeliveryID(13)])
        #expect(batch.rejected.isEmpty && batch.settled == [1, 2, 3] && batch.counts.redelivered == 2)
    }

    @Test("One rejection names every delivery whose body is gone; the others of the line go again")
    func gone() throws {
        know(
            [1: .gone, 2: .possible(ticket(12)), 3: .gone, 4: .gone, 5: .notNeeded, 7: .gone],
            in: harness)
        let batch = try harness.take([SampleLine.redelivery("[1,2,3,4,5,7,99]"), "{}"])
        #expect(batch.acceptance.redelivered.map(\.id) == [DeliveryID(12)])
        #expect(batch.rejected.map(\.line) == [1] && batch.rejected.map(\.rejection.code) == [.gone])
        #expect(batch.rejected[0].rejection.message.contains("sequence 1, 3-4, 7, 99;"))
        #expect(batch.settled == [1, 2])
    }

    @Test("A rejection stays short however many bodies are gone")
    func manyGone() throws {
        know(Dictionary(uniqueKeysWithValues: (1...50_000).map { ($0 * 2, .gone) }), in: harness)
        let batch = try harness.take([SampleLine.redelivery()])
        let message = batch.rejected[0].rejection.message
        #expect(message.count < 300 && message.contains("38, 40 and 49980 others"), "\(message)")
    }

    @Test func anUnknownWorkflowIsGone() throws {
        let batch = try harness.take([SampleLine.redelivery(), SampleLine.redelivery("[1]")])
        #expect(batch.rejected.map(\.line) == [1, 2] && batch.rejected.map(\.rejection.code) == [.gone, .gone])
        #expect(batch.acceptance.isEmpty && batch.settled == [1, 2] && batch.counts.redelivered == 0)
    }

    @Test func aWorkflowWithoutFailuresNeedsNothing() throws {
        know([:], in: harness)
        let batch = try harness.take([SampleLine.redelivery()])
        #expect(batch.rejected.isEmpty && batch.acceptance.isEmpty && batch.settled == [1])
    }

    @Test("Redelivered bodies count towards the share of their origin")
    func share() throws {
        let harness = IntakeHarness(maxOutboxBytes: 4_000)
        know([1: .possible(ticket(1, bytes: 950)), 2: .possible(ticket(2, to: "b", bytes: 950))], in: harness)
        let batch = try harness.take([
            SampleLine.registration(), SampleLine.artifact(), SampleLine.registration("w-2", url: "https://c.example/"),
            SampleLine.artifact(["correlation_id": #""w-2""#]), SampleLine.redelivery(),
        ])
        #expect(batch.acceptance.failedOnAcceptance == [DeliveryID(1): .backlogFull])
        #expect(batch.acceptance.redelivered.count == 2)
    }

    @Test("Kept bodies make room only when all bodies do not fit")
    func room() throws {
        let lines = [SampleLine.registration("w-1", url: "https://other.example/"), SampleLine.artifact()]
        let size = try IntakeHarness().take(lines).acceptance.pendingBytes
        let harness = IntakeHarness(maxOutboxBytes: 4 * size, pendingBytes: size)
        harness.knowledge.keptBytes = 2 * size
        #expect(try harness.take(lines).acceptance.maxBytes == nil)
        harness.knowledge.keptBytes += 1
        let other = SampleLine.artifact(["artifact_id": #""b-1""#])
        #expect(try harness.take([other]).acceptance.maxBytes == 4 * size)
        #expect(try harness.take(["{}"]).acceptance.maxBytes == nil)
    }

    @Test("A redelivery needs no room of its own, so that no line waits because of it")
    func fullOutbox() throws {
        let lines = [SampleLine.registration("w-1", url: "https://other.example/"), SampleLine.artifact()]
        let size = try IntakeHarness().take(lines).acceptance.pendingBytes
        let harness = IntakeHarness(maxOutboxBytes: 4 * size, pendingBytes: 3 * size)
        harness.knowledge.keptBytes = size
        know([1: .possible(ticket(1, bytes: size))], in: harness)
        let batch = try harness.take([SampleLine.redelivery()] + lines)
        #expect(batch.acceptance.redelivered.count == 1 && batch.delivered.count == 1)
        #expect(batch.acceptance.maxBytes == 4 * size)
        #expect(try IntakeHarness(maxOutboxBytes: 1, pendingBytes: 9).take(["{}"]).acceptance.maxBytes == nil)
    }
}
