import Ingest
import Routing
import Domain
import Intake
import TestSupport
import Testing

@Suite struct IntakeBatchTests {
    private func artifact(_ id: String, of workflow: String = "w-1") -> String {
        SampleLine.artifact(["artifact_id": "\"\(id)\"", "correlation_id": "\"\(workflow)\""])
    }

    @Test func registeredArtifactsAreNumberedAndAccepted() throws {
        let harness = IntakeHarness()
        let first = try harness.take([SampleLine.registration(), artifact("a"), artifact("b")])
        #expect(first.delivered == ["a 1 1", "b 2 2"])
        #expect(first.settled == [1, 2, 3])
        #expect(first.counts.events == [.webhookRegistered: 1, .messagePublished: 2])
        #expect(first.acceptance.registrations.map(\.id) == [RegistrationID(1)])
        #expect(first.acceptance.workflows.map(\.pending) == [2])
        let body = String(decoding: first.acceptance.deliveries[1].body, as: UTF8.self)
        #expect(body.hasPrefix(#"{"event_type":"artifact.created","artifact_id":"b","#))
        #expect(body.contains(#","sequence":2,"payload":{"qty":2},"#))
        let second = try harness.take([artifact("c"), artifact("a")], from: 4)
        #expect(second.delivered == ["c 3 3"])
        #expect(second.counts.duplicates == 1)
        #expect(second.settled == [4, 5])
    }

    @Test func registrationMayComeOnTheLine() throws {
        let harness = IntakeHarness()
        let line = SampleLine.artifact(["webhook_url": #""https://b.example/x""#, "webhook_secret": #""s""#])
        let batch = try harness.take([line])
        #expect(batch.delivered == ["a-1 1 1"])
        #expect(batch.acceptance.deliveries[0].registration.url.text == "https://b.example/x")
        #expect(batch.acceptance.deliveries[0].registration.secrets.map(\.text) == ["s"])
        #expect(try harness.take([line]).counts.duplicates == 1)
    }

    @Test func lateRegistrationFindsWhatCameBefore() throws {
        let harness = IntakeHarness()
        let early = try harness.take([artifact("a"), artifact("x", of: "other"), artifact("b")])
        #expect(early.delivered == [] && early.settled == [] && early.counts.unmatched == 0)
        #expect(early.acceptance.isEmpty)
        let late = try harness.take([SampleLine.registration(), artifact("c")], from: 4, at: 1)
        #expect(late.delivered == ["a 1 1", "b 2 2", "c 3 3"])
        #expect(late.settled == [1, 3, 4, 5])
        #expect(late.acceptance.deliveries.map(\.receivedAt) == [Sample.noon, Sample.noon, Sample.noon + .seconds(1)])
        #expect(harness.grace.expire(now: MonotonicTime(.seconds(2))).map(\.line) == [2])
    }

    @Test func sameArtifactHeldTwiceIsDeliveredOnce() throws {
        let harness = IntakeHarness()
        _ = try harness.take([artifact("a"), artifact("a")])
        let late = try harness.take([SampleLine.registration()], from: 3)
        #expect(late.delivered == ["a 1 1"])
        #expect(late.counts.duplicates == 1)
        #expect(late.settled == [1, 2, 3])
    }

    @Test func writerWithoutGraceIsDecidedAtOnce() throws {
        let harness = IntakeHarness()
        harness.writer.apply(Hello(acknowledgements: true, grace: false))
        let batch = try harness.take([artifact("a"), SampleLine.registration()])
        #expect(batch.delivered == [])
        #expect(batch.counts.unmatched == 1)
        #expect(batch.settled == [1, 2])
    }

    @Test("Without a workflow there is nothing to wait for", arguments: ["null", #""""#])
    func noWorkflow(_ correlationID: String) throws {
        let batch = try IntakeHarness().take([SampleLine.artifact(["correlation_id": correlationID])])
        #expect(batch.counts.unmatched == 1)
        #expect(batch.settled == [1])
    }

    @Test func graceOfZeroHoldsNothing() throws {
        let harness = IntakeHarness(grace: .zero)
        let batch = try harness.take([artifact("a")])
        #expect(batch.counts.unmatched == 1 && batch.settled == [1])
        #expect(harness.grace.bytes == 0)
    }

    @Test func forbiddenAddressIsRejectedAndLeavesNothing() throws {
        let harness = IntakeHarness()
        let inline = SampleLine.artifact(["webhook_url": #""http://169.254.169.254/""#])
        let batch = try harness.take([SampleLine.registration(url: "http://127.0.0.1/"), inline, artifact("b")])
        #expect(batch.rejected.map(\.line) == [1, 2])
        #expect(batch.rejected.map(\.rejection.code) == [.addressNotAllowed, .addressNotAllowed])
        #expect(batch.acceptance.isEmpty)
        #expect(batch.settled == [1, 2], "the third waits for a registration")
    }

    @Test func rejectedRegistrationKeepsTheOneBefore() throws {
        let harness = IntakeHarness()
        let batch = try harness.take([
            SampleLine.registration(), SampleLine.registration(url: "http://10.0.0.1/"), artifact("a"),
        ])
        #expect(batch.delivered == ["a 1 1"])
        #expect(batch.acceptance.deliveries[0].registration.url.text == "https://a.example/hook")
    }

    @Test func withheldIsCountedAndDecided() throws {
        let harness = IntakeHarness(visibility: .public)
        let secret = SampleLine.artifact(["artifact_id": #""s""#, "visibility": #"{"kind":"Private"}"#])
        let batch = try harness.take([SampleLine.registration(), secret, artifact("a")])
        #expect(batch.counts.withheld == 1)
        #expect(batch.delivered == ["a 1 1"])
        #expect(batch.settled == [1, 2, 3])
    }

    @Test func timeThatCannotBeReadCountsFromReceipt() throws {
        let line = SampleLine.artifact(["timestamp": #""yesterday""#])
        let batch = try IntakeHarness().take([SampleLine.registration(), line], at: 7)
        #expect(batch.acceptance.deliveries.map(\.createdAt) == [Sample.timeOfDay + .seconds(7)])
    }

    @Test func everythingElseIsCountedAndDecided() throws {
        let lines = [#"{"type":"hello"}"#, "{}", SampleLine.completion("unknown"), #"{"error_type":"E"}"#]
        let batch = try IntakeHarness().take(lines)
        #expect(batch.counts.events == [.hello: 1, .unknown: 1, .workflowCompleted: 1, .agentError: 1])
        #expect(batch.settled == [1, 2, 3, 4])
        #expect(batch.acceptance.isEmpty)
    }

    @Test func acceptedDeliveriesKeepWhatTheyWereAcceptedWith() throws {
        let harness = IntakeHarness()
        let batch = try harness.take([
            SampleLine.registration(url: "https://one.example/"), artifact("a"),
            SampleLine.registration(url: "https://two.example/", more: #","format":"flock","max_retries":0"#),
            artifact("b"),
        ])
        #expect(
            batch.acceptance.deliveries.map(\.registration.url.text) == [
                "https://one.example/", "https://two.example/",
            ])
        #expect(batch.acceptance.deliveries.map(\.registration.maxRetries) == [3, 0])
        #expect(String(decoding: batch.acceptance.deliveries[1].body, as: UTF8.self).contains(#""artifact":{"id":"b""#))
        #expect(batch.acceptance.deliveries.map(\.sequence) == [SequenceNumber(1), SequenceNumber(2)])
    }

    /// Bytes of the body of `artifact("a")`.
    private func bodySize() throws -> Int {
        let batch = try IntakeHarness().take([SampleLine.registration(), artifact("a")])
        return batch.acceptance.deliveries[0].body.count
    }

    @Test("An origin beyond its share has its new artifacts failed, numbered and acknowledged")
    func backlog() throws {
        let harness = IntakeHarness(maxOutboxBytes: (try bodySize() * 2 + 9) * 4, pendingBytes: 10)
        let batch = try harness.take([
            SampleLine.registration(), artifact("a"), artifact("b"), artifact("c"),
            SampleLine.registration("w-2", url: "https://other.example/"), artifact("x", of: "w-2"),
        ])
        #expect(batch.acceptance.failedOnAcceptance == [DeliveryID(2): .backlogFull, DeliveryID(3): .backlogFull])
        #expect(batch.delivered == ["a 1 1", "b 2 2", "c 3 3", "x 1 4"])
        #expect(batch.settled == [1, 2, 3, 4, 5, 6])
        #expect(batch.acceptance.pending.map(\.id) == [DeliveryID(1), DeliveryID(4)])
        #expect(batch.acceptance.deliveries.count == 4)
        let kept = batch.acceptance.deliveries.filter { batch.acceptance.failedOnAcceptance[$0.id] == nil }
        #expect(batch.acceptance.pendingBytes == kept.map(\.body.count).reduce(0, +))
    }

    @Test func originWithoutABacklogTakesOneThatIsLargerThanItsShare() throws {
        let harness = IntakeHarness(maxOutboxBytes: 4)
        let batch = try harness.take([SampleLine.registration(), artifact("a"), artifact("b")])
        #expect(batch.acceptance.pending.map(\.id) == [DeliveryID(1)])
    }

    @Test("An outbox without room takes nothing, and an empty one takes any batch")
    func fullOutbox() throws {
        let lines = [SampleLine.registration("w-1", url: "https://other.example/"), artifact("a")]
        let size = try bodySize()
        #expect(throws: OutboxFull.self) {
            try IntakeHarness(maxOutboxBytes: size * 4, pendingBytes: size * 3 + 1).take(lines)
        }
        #expect(try IntakeHarness(maxOutboxBytes: size * 4, pendingBytes: size * 3).take(lines).delivered == ["a 1 1"])
        #expect(try IntakeHarness(maxOutboxBytes: 1, pendingBytes: 0).take(lines).delivered == ["a 1 1"])
    }

    @Test func registrationTwiceInOneBatchAcceptsWhatWasHeldOnce() throws {
        let harness = IntakeHarness()
        _ = try harness.take([artifact("a")])
        let batch = try harness.take(
            [
                artifact("b"), SampleLine.registration(), artifact("c"),
                SampleLine.registration(url: "https://b.example/"),
            ],
            from: 2, at: 1)
        #expect(batch.delivered == ["a 1 1", "b 2 2", "c 3 3"])
        #expect(batch.counts.duplicates == 0)
        #expect(batch.settled == [1, 2, 3, 4, 5])
        #expect(harness.grace.bytes == 0)
    }
}
