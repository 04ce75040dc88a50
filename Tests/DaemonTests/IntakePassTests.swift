import Daemon
import Events
import Ingest
import Routing
import Telemetry
import Testing
import TestSupport

@Suite struct IntakePassTests {
    private func artifact(_ id: String, of workflow: String = "w-1") -> String {
        SampleLine.artifact(["artifact_id": "\"\(id)\"", "correlation_id": "\"\(workflow)\""])
    }

    @Test func registeredArtifactsAreNumberedAndAccepted() throws {
        let bench = IntakeBench()
        let first = try bench.take([SampleLine.registration(), artifact("a"), artifact("b")])
        #expect(first.delivered == ["a 1 1", "b 2 2"])
        #expect(first.settled == [1, 2, 3])
        #expect(first.counts.events.byLabel == ["webhook_registered": 1, "message_published": 2])
        #expect(first.acceptance.registrations.map(\.id) == [RegistrationID(1)])
        #expect(first.acceptance.workflows.map(\.pending) == [2])
        let body = String(decoding: first.acceptance.deliveries[1].body, as: UTF8.self)
        #expect(body.hasPrefix(#"{"event_type":"artifact.created","artifact_id":"b","#))
        #expect(body.contains(#","sequence":2,"payload":{"qty":2},"#))
        let second = try bench.take([artifact("c"), artifact("a")], from: 4)
        #expect(second.delivered == ["c 3 3"])
        #expect(second.counts.duplicates.total == 1)
        #expect(second.settled == [4, 5])
    }

    @Test func registrationMayComeOnTheLine() throws {
        let bench = IntakeBench()
        let line = SampleLine.artifact(["webhook_url": #""https://b.example/x""#, "webhook_secret": #""s""#])
        let pass = try bench.take([line])
        #expect(pass.delivered == ["a-1 1 1"])
        #expect(pass.acceptance.deliveries[0].registration.url.text == "https://b.example/x")
        #expect(pass.acceptance.deliveries[0].registration.secret?.text == "s")
        #expect(try bench.take([line]).counts.duplicates.total == 1)
    }

    @Test func lateRegistrationFindsWhatCameBefore() throws {
        let bench = IntakeBench()
        let early = try bench.take([artifact("a"), artifact("x", of: "other"), artifact("b")])
        #expect(early.delivered == [] && early.settled == [] && early.counts.unmatched.total == 0)
        #expect(early.acceptance.isEmpty)
        let late = try bench.take([SampleLine.registration(), artifact("c")], from: 4, at: 1)
        #expect(late.delivered == ["a 1 1", "b 2 2", "c 3 3"])
        #expect(late.settled == [1, 3, 4, 5])
        #expect(late.acceptance.deliveries.map(\.receivedAt) == [Sample.noon, Sample.noon, Sample.noon + .seconds(1)])
        #expect(bench.grace.expire(now: MonotonicTime(.seconds(2))).map(\.line) == [2])
    }

    @Test func sameArtifactHeldTwiceIsDeliveredOnce() throws {
        let bench = IntakeBench()
        _ = try bench.take([artifact("a"), artifact("a")])
        let late = try bench.take([SampleLine.registration()], from: 3)
        #expect(late.delivered == ["a 1 1"])
        #expect(late.counts.duplicates.total == 1)
        #expect(late.settled == [1, 2, 3])
    }

    @Test func writerWithoutGraceIsDecidedAtOnce() throws {
        let bench = IntakeBench()
        bench.writer.greet(Hello(acknowledgements: true, grace: false))
        let pass = try bench.take([artifact("a"), SampleLine.registration()])
        #expect(pass.delivered == [])
        #expect(pass.counts.unmatched.total == 1)
        #expect(pass.settled == [1, 2])
    }

    @Test("Without a workflow there is nothing to wait for", arguments: ["null", #""""#])
    func noWorkflow(_ correlationID: String) throws {
        let pass = try IntakeBench().take([SampleLine.artifact(["correlation_id": correlationID])])
        #expect(pass.counts.unmatched.total == 1)
        #expect(pass.settled == [1])
    }

    @Test func graceOfZeroHoldsNothing() throws {
        let bench = IntakeBench(grace: .zero)
        let pass = try bench.take([artifact("a")])
        #expect(pass.counts.unmatched.total == 1 && pass.settled == [1])
        #expect(bench.grace.bytes == 0)
    }

    @Test func forbiddenAddressIsRefusedAndLeavesNothing() throws {
        let bench = IntakeBench()
        let inline = SampleLine.artifact(["webhook_url": #""http://169.254.169.254/""#])
        let pass = try bench.take([SampleLine.registration(url: "http://127.0.0.1/"), inline, artifact("b")])
        #expect(pass.refusals.map(\.line) == [1, 2])
        #expect(pass.refusals.map(\.rejection.code) == [.addressNotAllowed, .addressNotAllowed])
        #expect(pass.acceptance.isEmpty)
        #expect(pass.settled == [1, 2], "the third waits for a registration")
    }

    @Test func refusedRegistrationKeepsTheOneBefore() throws {
        let bench = IntakeBench()
        let pass = try bench.take([
            SampleLine.registration(), SampleLine.registration(url: "http://10.0.0.1/"), artifact("a"),
        ])
        #expect(pass.delivered == ["a 1 1"])
        #expect(pass.acceptance.deliveries[0].registration.url.text == "https://a.example/hook")
    }

    @Test func withheldIsCountedAndDecided() throws {
        let bench = IntakeBench(visibility: .public)
        let secret = SampleLine.artifact(["artifact_id": #""s""#, "visibility": #"{"kind":"Private"}"#])
        let pass = try bench.take([SampleLine.registration(), secret, artifact("a")])
        #expect(pass.counts.withheld.total == 1)
        #expect(pass.delivered == ["a 1 1"])
        #expect(pass.settled == [1, 2, 3])
    }

    @Test func timeThatCannotBeReadCountsFromReceipt() throws {
        let line = SampleLine.artifact(["timestamp": #""yesterday""#])
        let pass = try IntakeBench().take([SampleLine.registration(), line], at: 7)
        #expect(pass.acceptance.deliveries.map(\.createdAt) == [Sample.noon + .seconds(7)])
    }

    @Test func everythingElseIsCountedAndDecided() throws {
        let lines = [#"{"type":"hello"}"#, "{}", SampleLine.completion("nobody"), #"{"error_type":"E"}"#]
        let pass = try IntakeBench().take(lines)
        #expect(pass.counts.events.byLabel == ["hello": 1, "unknown": 1, "workflow_completed": 1, "agent_error": 1])
        #expect(pass.settled == [1, 2, 3, 4])
        #expect(pass.acceptance.isEmpty)
    }

    @Test func acceptedDeliveriesKeepWhatTheyWereAcceptedWith() throws {
        let bench = IntakeBench()
        let pass = try bench.take([
            SampleLine.registration(url: "https://one.example/"), artifact("a"),
            SampleLine.registration(url: "https://two.example/", more: #","format":"flock","max_retries":0"#),
            artifact("b"),
        ])
        #expect(
            pass.acceptance.deliveries.map(\.registration.url.text) == ["https://one.example/", "https://two.example/"])
        #expect(pass.acceptance.deliveries.map(\.registration.maxRetries) == [3, 0])
        #expect(String(decoding: pass.acceptance.deliveries[1].body, as: UTF8.self).contains(#""artifact":{"id":"b""#))
        #expect(pass.acceptance.deliveries.map(\.sequence) == [Sequence(1), Sequence(2)])
    }

    @Test("An origin beyond its share has its new artifacts failed, numbered and acknowledged")
    func backlog() throws {
        let bench = IntakeBench()
        var pass = try bench.take([
            SampleLine.registration(), artifact("a"), artifact("b"), artifact("c"),
            SampleLine.registration("w-2", url: "https://other.example/"), artifact("x", of: "w-2"),
        ])
        let size = pass.acceptance.deliveries[0].body.count
        let origin = try #require(pass.acceptance.deliveries.first?.registration.url.origin)
        pass.limitBacklog(of: origin, pendingBytes: 10, to: size * 2 + 9)
        #expect(pass.refusedDeliveries.map(\.0.artifactID.rawValue) == ["b", "c"])
        #expect(Set(pass.refusedDeliveries.map(\.1)) == [.backlogFull])
        #expect(pass.delivered == ["a 1 1", "b 2 2", "c 3 3", "x 1 4"])
        #expect(pass.settled == [1, 2, 3, 4, 5, 6])
        #expect(pass.acceptance.pending.map(\.id) == [DeliveryID(1), DeliveryID(4)])
        #expect(pass.acceptance.deliveries.count == 4)
        let kept = pass.acceptance.deliveries.filter { pass.acceptance.failedAtOnce[$0.id] == nil }
        #expect(pass.acceptedBytes == kept.map(\.body.count).reduce(0, +))
    }

    @Test func originWithoutABacklogTakesOneThatIsLargerThanItsShare() throws {
        let bench = IntakeBench()
        var pass = try bench.take([SampleLine.registration(), artifact("a"), artifact("b")])
        let origin = try #require(pass.acceptance.deliveries.first?.registration.url.origin)
        pass.limitBacklog(of: origin, pendingBytes: 0, to: 1)
        #expect(pass.acceptance.pending.map(\.id) == [DeliveryID(1)])
    }

    @Test func registrationTwiceInOneBatchAcceptsWhatWasHeldOnce() throws {
        let bench = IntakeBench()
        _ = try bench.take([artifact("a")])
        let pass = try bench.take(
            [
                artifact("b"), SampleLine.registration(), artifact("c"),
                SampleLine.registration(url: "https://b.example/"),
            ],
            from: 2, at: 1)
        #expect(pass.delivered == ["a 1 1", "b 2 2", "c 3 3"])
        #expect(pass.counts.duplicates.total == 0)
        #expect(pass.settled == [1, 2, 3, 4, 5])
        #expect(bench.grace.bytes == 0)
    }
}
