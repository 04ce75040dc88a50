import Domain
import TestSupport
import Testing

extension EndToEndTests {
    /// Which artifacts are delivered, and in which order.
    @Suite struct RoutingTests {
        @Test func artifactsAreHeldForALateRegistration() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--unmatched-grace", "30s") { relay in
                let writer = try await relay.writer()
                try await writer.send(Lines.artifacts(1...3, "c-1") + [Lines.artifact("a2", "c-1")])
                try await relay.waitForStatus("four artifacts received") { $0.received.message_published.count == 4 }
                #expect(writer.acknowledged == 1)
                let other = try await relay.writer()
                try await other.send(
                    Lines.registration("c-1", receiver.url(), #","ordering":"ordered""#), Lines.artifact("a4", "c-1"))
                try await relay.waitForDeliveries(delivered: 4)
                #expect(receiver.requests.map(\.artifact) == ["a1", "a2", "a3", "a4"])
                #expect(receiver.requests.map(\.sequence) == [1, 2, 3, 4])
                try await writer.waitForAcknowledgement(of: 5)
                let status = try await relay.status()
                #expect(status.duplicates.count == 1 && status.unmatched.count == 0)
            }
        }

        /// The default grace is 2 s, so a registration on another connection 1 s later is in time.
        @Test func withoutRegistrationAnArtifactIsUnmatchedAfterTwoSeconds() async throws {
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                let start = ContinuousClock.now
                try await writer.send(Lines.artifact("a1", "c-1"))
                try await writer.waitForAcknowledgement(of: 2)
                let wait = ContinuousClock.now - start
                #expect(wait >= .seconds(2) && wait < .seconds(3))
                let status = try await relay.status()
                #expect(status.unmatched.count == 1 && status.refused.object.isEmpty)
                #expect(try await relay.ask("/metrics").sample("flock_relay_unmatched_total") == 1)
            }
        }

        @Test func aWriterWithoutGraceIsAcknowledgedAtOnce() async throws {
            try await RelayProcess.run("--unmatched-grace", "1h") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.artifact("a1", "c-1"))
                try await writer.waitForAcknowledgement(of: 2)
                #expect(try await relay.status().unmatched.count == 1)
            }
        }

        @Test(arguments: ["null", #""""#])
        func anArtifactOfNoWorkflowIsUnmatched(correlation: String) async throws {
            try await RelayProcess.run("--unmatched-grace", "1h") { relay in
                let writer = try await relay.writer()
                try await writer.send(Lines.artifact("a1", "c-1").replacing(#""c-1""#, with: correlation))
                try await writer.waitForAcknowledgement(of: 2)
                #expect(try await relay.status().unmatched.count == 1)
                #expect(writer.rejections == [:])
            }
        }

        @Test func theSameArtifactIsDeliveredOnce() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let lines = [Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...10, "c-1")
                for _ in 1...3 {
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(lines)
                    try await writer.waitForAcknowledgement(of: 12)
                    writer.close()
                }
                let status = try await relay.waitForDeliveries(delivered: 10)
                #expect(status.duplicates.count == 20)
                #expect(try await relay.ask("/metrics").sample("flock_relay_duplicates_total") == 20)
                #expect(receiver.requests.map(\.sequence).sorted() == Array(1...10))
            }
        }

        /// After its completion and the grace, a workflow accepts no artifact until it is registered again.
        @Test func aCompletedWorkflowAcceptsNothingUntilItIsRegisteredAgain() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--unmatched-grace", "300ms") { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"), Lines.completion("c-1"),
                    Lines.artifact("a2", "c-1"), Lines.artifact("x", "unknown"))
                // The line is acknowledged at the end of its grace; the workflow's grace is over by then, too.
                try await writer.waitForAcknowledgement(of: 6)
                try await relay.waitForDeliveries(delivered: 2)
                try await writer.send(Lines.artifact("a3", "c-1"))
                try await writer.waitForAcknowledgement(of: 7)
                #expect(try await relay.status().unmatched.count == 2)
                try await writer.send(Lines.registration("c-1", receiver.url("/again")), Lines.artifact("a4", "c-1"))
                let request = try await receiver.wait(for: 1, to: "/again")[0]
                #expect(request.sequence == 3 && request.artifact == "a4")
            }
        }

        @Test(arguments: [("public", 1), ("all", 3)])
        func theVisibilityPolicyDecidesWhatIsDelivered(policy: String, delivered: Int) async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--visibility", policy) { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url()),
                    Lines.artifact("a1", "c-1", #","visibility":{"kind":"Private","agents":["x"]}"#),
                    Lines.artifact("a2", "c-1", #","visibility":{"kind":"Public","agents":null}"#),
                    Lines.artifact("a3", "c-1", #","visibility":{"agents":[],"kind":"Tenant"}"#))
                try await writer.waitForAcknowledgement(of: 5)
                let status = try await relay.waitForDeliveries(delivered: delivered)
                #expect(status.withheld.count == 3 - delivered)
                #expect(receiver.requests.map(\.sequence).sorted() == Array(1...delivered))
            }
        }

        /// The next delivery starts as soon as the one before is final (delivered or failed), and not before.
        @Test func anOrderedWorkflowKeepsItsOrder() async throws {
            let receiver = try await RawReceiver { request in
                switch request.artifact {
                case "a2": request.attempt < 3 ? .status(500) : .ok
                case "a3": .status(500)
                default: .after(.milliseconds(20), .ok)
                }
            }
            let arguments = ["--retry-base-delay", "100ms", "--retry-max-retries", "2"]
            try await RelayProcess.run(arguments[0], arguments[1], arguments[2], arguments[3]) { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url(), #","ordering":"ordered""#)])
                try await writer.send(Lines.artifacts(1...6, "c-1"))
                try await relay.waitForDeliveries(delivered: 5, failed: 1)
                #expect(receiver.requests.map(\.sequence) == [1, 2, 2, 2, 3, 3, 3, 4, 5, 6])
            }
        }

        @Test func orderingCanBeTheDefault() async throws {
            let receiver = try await RawReceiver { $0.sequence == 1 && $0.attempt == 1 ? .status(500) : .ok }
            try await RelayProcess.run("--ordering", "ordered") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...3, "c-1"))
                try await relay.waitForDeliveries(delivered: 3)
                #expect(receiver.requests.map(\.sequence) == [1, 1, 2, 3])
            }
        }
    }
}
