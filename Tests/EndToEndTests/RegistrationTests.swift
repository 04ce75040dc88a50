import TestSupport
import Testing

extension EndToEndTests {
    /// A delivery has the URL, secret and policy that were in force when it was accepted.
    @Suite struct RegistrationTests {
        @Test func anArtifactLineCanRegisterItself() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                let inline = #","webhook_url":"\#(receiver.url())","webhook_secret":"s""#
                try await writer.send(Lines.artifact("a-1", "c-1", inline), Lines.artifact("a-2", "c-1"))
                let requests = try await receiver.wait(for: 2).sorted { $0.sequence < $1.sequence }
                #expect(requests.map(\.artifact) == ["a-1", "a-2"])
                #expect(requests.allSatisfy { $0.has("X-Flock-Signature") })
                #expect(!requests[0].text.contains("webhook_"))
            }
        }

        /// The first delivery waits for its retry while the registration is replaced.
        @Test func aNewRegistrationDoesNotChangeAcceptedDeliveries() async throws {
            let old = try await RawReceiver { $0.seenBefore == 0 ? .status(500) : .ok }
            let new = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", old.url("/old"), #","webhook_secret":"old""#),
                    Lines.artifact("a-1", "c-1"))
                try await old.wait(for: 1)
                try await writer.send(
                    Lines.registration("c-1", new.url("/new"), #","webhook_secret":"new","format":"flock""#),
                    Lines.artifact("a-2", "c-1"))
                let second = try await new.wait(for: 1)[0]
                #expect(second.sequence == 2 && second.text.contains(#""artifact":{"id":"a-2""#))
                let signature = try await OpenSSL.hmac(key: Array("new".utf8), second.body)
                #expect(second.header("X-Flock-Signature") == "sha256=\(signature)")
                let retried = try await old.wait(for: 2)[1]
                #expect(retried.sequence == 1 && retried.artifact == "a-1" && retried.attempt == 2)
                let oldSignature = try await OpenSSL.hmac(key: Array("old".utf8), retried.body)
                #expect(retried.header("X-Flock-Signature") == "sha256=\(oldSignature)")
                try await relay.waitForDeliveries(delivered: 2)
                #expect(old.requests.count == 2 && new.requests.count == 1)
            }
        }

        /// Two workflows never see each other's artifacts, even with the same artifact ids and origin.
        @Test func workflowsAreIsolatedFromEachOther() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                for workflow in ["c-1", "c-2"] {
                    let secret = #","webhook_secret":"secret of \#(workflow)""#
                    try await writer.send(Lines.registration(workflow, receiver.url("/\(workflow)"), secret))
                }
                try await writer.send(
                    (1...20).flatMap { [Lines.artifact("a\($0)", "c-1"), Lines.artifact("a\($0)", "c-2")] })
                try await relay.waitForDeliveries(delivered: 40)
                for workflow in ["c-1", "c-2"] {
                    let requests = receiver.requests(to: "/\(workflow)").sorted { $0.sequence < $1.sequence }
                    #expect(requests.map(\.sequence) == Array(1...20))
                    #expect(requests.map(\.artifact) == (1...20).map { "a\($0)" })
                    #expect(requests.allSatisfy { $0.text.contains(#""correlation_id":"\#(workflow)""#) })
                    let signature = try await OpenSSL.hmac(key: Array("secret of \(workflow)".utf8), requests[7].body)
                    #expect(requests[7].header("X-Flock-Signature") == "sha256=\(signature)")
                }
            }
        }

        /// Without `allow-network` nothing on this machine can be reached.
        @Test func loopbackIsRejectedUnlessAllowed() async throws {
            let receiver = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(allows: nil, in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url()),
                    Lines.registration("c-1", "http://2130706433:\(receiver.port)/"), Lines.artifact("a-1", "c-1"))
                try await writer.waitForAcknowledgement(of: 4)
                #expect(writer.rejections == [2: "address_not_allowed", 3: "address_not_allowed"])
                #expect(receiver.connections == 0)
            }
        }

        @Test func aRejectedRegistrationDeliversNothing() async throws {
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                let inline = #","webhook_url":"http://169.254.169.254/latest""#
                try await writer.send(Lines.artifact("a-1", "c-1", inline), Lines.artifact("a-2", "c-1"))
                try await writer.waitForAcknowledgement(of: 3)
                #expect(writer.rejections == [2: "address_not_allowed"])
                let status = try await relay.status()
                #expect(status.unmatched.count == 1)
                #expect(status.refused.address_not_allowed.count == 1)
                #expect(status.deliveries.pending.count == 0)
            }
        }
    }
}
