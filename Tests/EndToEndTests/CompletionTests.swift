import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// `workflow.completed` comes once, after everything else is final.
    @Suite struct CompletionTests {
        private static let both = #","events":["artifact.created","workflow.completed"],"webhook_secret":"s""#
        private static let quick = ["--retry-max-retries", "1", "--retry-base-delay", "50ms"]

        private func completions(_ receiver: RawReceiver) -> [RawRequest] {
            receiver.requests.filter { $0.text.contains(#""event_type":"workflow.completed""#) }
        }

        @Test(arguments: ["parallel", "ordered"])
        func aCompletionNamesWhatFailed(ordering: String) async throws {
            let receiver = try await RawReceiver { request in
                switch request.artifact {
                case "a2": .status(500)
                case "a3": request.attempt == 1 ? .status(500) : .ok
                default: .ok
                }
            }
            try await RelayProcess.run(Self.quick[0], Self.quick[1], Self.quick[2], Self.quick[3]) { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    [Lines.registration("c-1", receiver.url(), Self.both + #","ordering":"\#(ordering)""#)]
                        + Lines.artifacts(1...4, "c-1") + [Lines.completion("c-1", "failed")])
                try await relay.waitForDeliveries(delivered: 4, failed: 1)
                let last = try #require(receiver.requests.last)
                #expect(last.artifact == "workflow.completed" && last.sequence == 5 && last.attempt == 1)
                let body = try JSON(parsing: last.body)
                #expect(body.event_type.text == "workflow.completed" && body.correlation_id.text == "c-1")
                #expect(body.status.text == "failed" && body.artifacts.number == 4 && body.sequence.number == 5)
                #expect(last.text.contains(#""failed":[2]"#))
                let signature = try await OpenSSL.hmac(key: Array("s".utf8), last.body)
                #expect(last.header("X-Flock-Signature") == "sha256=\(signature)")
                #expect(last.header("webhook-id")?.hasPrefix("msg_") == true)
                #expect(completions(receiver).count == 1)
            }
        }

        /// The relay dies while a delivery waits for its retry; the completion waits with it.
        @Test(arguments: [SIGKILL, SIGTERM])
        func aCompletionSurvivesARestart(signal: Int32) async throws {
            let receiver = try await RawReceiver { $0.attempt == 1 ? .status(500) : .ok }
            try await TemporaryDirectory.with { directory in
                let first = try RelayProcess(["--retry-base-delay", "1s"], in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                let writer = try await first.writer(grace: false)
                let lines =
                    [Lines.registration("c-1", receiver.url(), Self.both)] + Lines.artifacts(1...3, "c-1")
                    + [Lines.completion("c-1")]
                try await writer.send(lines)
                try await writer.waitForAcknowledgement(of: 6)
                try await receiver.wait(for: 3)
                first.send(signal)
                _ = try await first.waitForExit()
                #expect(completions(receiver).isEmpty)

                let second = try RelayProcess(["--retry-base-delay", "1s"], in: directory)
                defer { second.end() }
                try await second.waitUntilReady()
                // The writer did not see the acknowledgement, and sends everything again.
                let again = try await second.writer(grace: false)
                try await again.send(lines)
                try await second.waitForDeliveries(delivered: 4)
                #expect(completions(receiver).map(\.sequence) == [4, 4], "it fails once, too")
                #expect(Set(completions(receiver).map { $0.header("webhook-id") }).count == 1)
                try await again.send(lines)
                try await again.waitForAcknowledgement(of: 11)
                #expect(try await second.status().deliveries.pending.count == 0)
                #expect(completions(receiver).count == 2)
            }
        }

        @Test func lateArtifactsComeAfterTheCompletionAndAreNotLost() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url(), Self.both), Lines.artifact("a1", "c-1"),
                    Lines.completion("c-1"))
                try await receiver.wait(for: 2)
                try await writer.send(Lines.artifact("a2", "c-1"))
                try await relay.waitForDeliveries(delivered: 3)
                #expect(receiver.requests.map(\.artifact) == ["a1", "workflow.completed", "a2"])
                #expect(receiver.requests.map(\.sequence) == [1, 2, 3])
                try await writer.send(
                    Lines.registration("c-1", receiver.url("/again"), Self.both), Lines.completion("c-1", "succeeded"))
                let second = try await receiver.wait(for: 1, to: "/again")[0]
                #expect(
                    second.artifact == "workflow.completed.4" && second.text.contains(#""artifacts":3,"failed":[]"#))
            }
        }

        /// Only the completion comes if the filter matches nothing, or the registration asks for nothing else.
        @Test(arguments: [
            Self.both + #","types":["Other"]"#, Self.both + #","producers":["beta"]"#,
            #","events":["workflow.completed"]"#,
        ])
        func aFilterThatMatchesNothingLeavesTheCompletion(_ more: String) async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    [Lines.registration("c-1", receiver.url(), more)] + Lines.artifacts(1...3, "c-1")
                        + [Lines.completion("c-1")])
                let status = try await relay.waitForDeliveries(delivered: 1)
                #expect(status.filtered.count == 3)
                #expect(receiver.requests.map(\.artifact) == ["workflow.completed"])
                #expect(receiver.requests[0].text.contains(#""sequence":1,"status":"idle","artifacts":0,"failed":[]"#))
                #expect(try await relay.ask("/metrics").sample("flock_relay_filtered_total") == 3)
            }
        }

        @Test func numbersHaveNoGapOverWhatIsSentAcrossAChangeOfURL() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                let types = (1...6).map { $0 % 2 == 0 ? "shop.Order" : "Draft" }
                let artifacts = zip(1..., types).map { number, type in
                    Lines.artifact("a\(number)", "c-1").replacing(#""Draft""#, with: #""\#(type)""#)
                }
                try await writer.send(
                    [Lines.registration("c-1", receiver.url("/old"), #","types":["Order"]"#)] + artifacts.prefix(4)
                        + [Lines.registration("c-1", receiver.url("/new"), Self.both + #","types":["Draft"]"#)]
                        + artifacts.suffix(2) + [Lines.completion("c-1")])
                let status = try await relay.waitForDeliveries(delivered: 4)
                #expect(status.filtered.count == 3)
                let old = receiver.requests(to: "/old").sorted { $0.sequence < $1.sequence }
                #expect(old.map(\.artifact) == ["a2", "a4"] && old.map(\.sequence) == [1, 2])
                let new = receiver.requests(to: "/new")
                #expect(new.map(\.artifact) == ["a5", "workflow.completed"] && new.map(\.sequence) == [3, 4])
            }
        }

        /// The delivery of "a1" fills the outbox until its retry, so the second writer is blocked meanwhile.
        @Test func aCompletionNeedsNoRoomInTheOutboxAndWaitsForNoWriter() async throws {
            let full = try await RawReceiver { $0.attempt == 1 ? .status(500) : .ok }
            let slow = try await RawReceiver { $0.artifact == "b1" ? .after(.seconds(1), .ok) : .ok }
            let other = try await RawReceiver()
            try await RelayProcess.run("--retry-base-delay", "5s", "--outbox-max", "8KiB") { relay in
                let payload = #"{"x":"\#(String(repeating: "x", count: 7_000))"}"#
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", full.url()), Lines.artifact("a1", "c-1", payload: payload),
                    Lines.registration("c-2", slow.url(), Self.both), Lines.artifact("b1", "c-2"),
                    Lines.completion("c-2"))
                try await writer.waitForAcknowledgement(of: 6)
                let blocked = try await relay.writer(grace: false)
                try await blocked.send(
                    Lines.registration("c-3", other.url()), Lines.artifact("a3", "c-3", payload: payload))
                try await eventually("the completion arrives") { completions(slow).count == 1 }
                #expect(full.requests.count == 1 && other.requests.isEmpty)
                #expect(try await relay.ask("/readyz").status == 503, "the second writer is blocked")
                try await relay.waitForDeliveries(delivered: 4)
            }
        }

        @Test func bothSecretsOfARegistrationSign() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url(), #","webhook_secret":["new","old"]"#),
                    Lines.artifact("a1", "c-1"))
                let request = try await receiver.wait(for: 1)[0]
                let current = try await OpenSSL.hmac(key: Array("new".utf8), request.body)
                #expect(request.header("X-Flock-Signature") == "sha256=\(current)")
                #expect(request.header("webhook-signature")?.split(separator: " ").count == 2)
            }
        }
    }
}
