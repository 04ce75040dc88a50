import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

extension EndToEndTests {
    /// Failed deliveries are sent again while their bodies are kept.
    @Suite struct RedeliveryTests {
        /// A receiver that answers 503 until it is mended.
        private final class Receiver: Sendable {
            private final class Answer: Sendable { let isOK = Mutex(false) }

            private let answer = Answer()
            let raw: RawReceiver

            init() async throws {
                raw = try await RawReceiver { [answer] _ in answer.isOK.withLock { $0 } ? .ok : .status(503) }
            }

            func mend() { answer.isOK.withLock { $0 = true } }
        }

        private static let keeping = ["--keep-failed", "1h", "--retry-max-retries", "1", "--retry-base-delay", "1ms"]
        private static let secret = #","webhook_secret":"s","max_retries":1"#

        @Test func aReceiverThatWasDownGetsEverythingWhenItIsBack() async throws {
            let receiver = try await Receiver()
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(Self.keeping, in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    [Lines.registration("c-1", receiver.raw.url(), Self.secret)] + Lines.artifacts(1...5, "c-1"))
                try await relay.waitForDeliveries(failed: 5)
                receiver.mend()
                try await writer.send(Lines.redelivery("c-1"))
                try await writer.waitForAcknowledgement(of: 8)
                #expect(writer.rejections.isEmpty)
                try await relay.waitForDeliveries(delivered: 5, failed: 5)
                for (sequence, requests) in Dictionary(grouping: receiver.raw.requests, by: \.sequence) {
                    #expect(requests.map(\.attempt) == [1, 2, 3], "of \(sequence)")
                    #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
                    #expect(Set(requests.map(\.body)).count == 1)
                    #expect(requests.allSatisfy { $0.header("X-Flock-Signature") != nil })
                }
                let metrics = try await relay.ask("/metrics")
                #expect(metrics.sample("flock_relay_redelivered_total") == 5)
                #expect(try await relay.correlation("c-1").failed.count == 0)
            }
        }

        /// The bodies, secrets and numbers of attempts survive, even a kill right after the acknowledgement.
        @Test(arguments: [SIGKILL, SIGTERM])
        func redeliverySurvivesARestart(signal: Int32) async throws {
            let receiver = try await Receiver()
            try await TemporaryDirectory.with { directory in
                let first = try RelayProcess(Self.keeping, in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                var writer = try await first.writer(grace: false)
                let ordered = Self.secret + #","ordering":"ordered""#
                try await writer.send(
                    [Lines.registration("c-1", receiver.raw.url(), ordered)] + Lines.artifacts(1...9, "c-1"))
                try await first.waitForDeliveries(failed: 9)
                first.send(signal)
                _ = try await first.waitForExit()

                let second = try RelayProcess(Self.keeping, in: directory)
                defer { second.end() }
                try await second.waitUntilReady()
                writer = try await second.writer(grace: false)
                try await writer.send(Lines.redelivery("c-1", "[2,3,5,7]"))
                try await writer.waitForAcknowledgement(of: 2)
                second.send(signal)
                _ = try await second.waitForExit()
                receiver.mend()

                let third = try RelayProcess(Self.keeping, in: directory)
                defer { third.end() }
                try await third.waitUntilReady()
                try await eventually("the four end") { try await third.correlation("c-1").pending.count == 0 }
                writer = try await third.writer(grace: false)
                try await writer.send(Lines.redelivery("c-1"))
                try await writer.waitForAcknowledgement(of: 2)
                try await eventually("all are delivered") { try await third.correlation("c-1").delivered.count == 9 }
                let last = receiver.raw.requests.suffix(5).map(\.sequence)
                #expect(last == last.sorted(), "an ordered workflow is redelivered in order")
                #expect(receiver.raw.requests.allSatisfy { $0.header("X-Flock-Signature") != nil })
                for requests in Dictionary(grouping: receiver.raw.requests, by: \.sequence).values {
                    #expect(requests.map(\.attempt) == requests.map(\.attempt).sorted())
                    #expect(requests.last?.attempt ?? 0 >= 3)
                }
            }
        }

        @Test func aDeliveryWithoutABodyIsGoneAndTheOthersGoAgain() async throws {
            let receiver = try await Receiver()
            try await TemporaryDirectory.with { directory in
                let first = try RelayProcess(["--retry-max-retries", "0"], in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                var writer = try await first.writer(grace: false)
                try await writer.send(
                    [Lines.registration("c-1", receiver.raw.url())] + Lines.artifacts(1...2, "c-1"))
                try await first.waitForDeliveries(failed: 2)
                try await writer.send(Lines.redelivery("c-1"))
                try await writer.waitForAcknowledgement(of: 5)
                #expect(writer.rejections == [5: "gone"], "keep-failed is off")
                first.send(SIGTERM)
                _ = try await first.waitForExit()

                let second = try RelayProcess(Self.keeping, in: directory)
                defer { second.end() }
                try await second.waitUntilReady()
                writer = try await second.writer(grace: false)
                try await writer.send(Lines.artifacts(3...4, "c-1"))
                try await second.waitForDeliveries(failed: 2)
                receiver.mend()
                try await writer.send(
                    Lines.redelivery("unknown"), Lines.redelivery("c-1", "[9]"), Lines.redelivery("c-1"))
                try await writer.waitForAcknowledgement(of: 6)
                #expect(writer.rejections == [4: "gone", 5: "gone", 6: "gone"])
                try await second.waitForDeliveries(delivered: 2, failed: 2)
                let metrics = try await second.ask("/metrics")
                #expect(metrics.sample(#"flock_relay_rejected_lines_total{code="gone"}"#) == 3)
                #expect(metrics.sample("flock_relay_redelivered_total") == 2)
                let states = try await second.correlation("c-1").deliveries.list.map(\.state.text)
                #expect(states == ["failed", "failed", "delivered", "delivered"])
            }
        }

        /// Redeliveries and new artifacts of the same workflow, parallel or ordered, with failures in between.
        @Test(arguments: ["parallel", "ordered"])
        func redeliveryWhileTheWorkflowProduces(ordering: String) async throws {
            let receiver = try await RawReceiver {
                $0.attempt <= 2 && $0.sequence.isMultiple(of: 3) ? .status(500) : .ok
            }
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(Self.keeping, in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let producer = try await relay.writer(grace: false)
                let other = try await relay.writer(grace: false)
                let more = Self.secret + #","ordering":"\#(ordering)""#
                try await producer.send(Lines.registration("c-1", receiver.url(), more))
                for round in 0..<30 {
                    try await producer.send(Lines.artifacts((1 + 10 * round)...(10 + 10 * round), "c-1"))
                    try await other.send(Lines.redelivery("c-1"), Lines.redelivery("c-1", "[3,6,9]"))
                    try await other.waitForAcknowledgement(of: 3 + 2 * round)
                }
                try await producer.waitForAcknowledgement(of: 302)
                try await eventually("all are delivered", within: .seconds(30)) {
                    try await other.send(Lines.redelivery("c-1"))
                    return try await relay.correlation("c-1").delivered.count == 300
                }
                #expect(Set(other.rejections.values).isSubset(of: ["gone"]))
                for (sequence, requests) in Dictionary(grouping: receiver.requests, by: \.sequence) {
                    #expect(requests.map(\.attempt).sorted() == Array(1...(sequence.isMultiple(of: 3) ? 3 : 1)))
                    #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
                }
                #expect(Set(receiver.requests.map(\.sequence)) == Set(1...300))
            }
        }

        /// Fifty kept bodies of 17 kB leave room for new artifacts, the oldest first; then the rest can be redelivered.
        @Test func keptBodiesMakeRoomInAFullOutbox() async throws {
            let receiver = try await Receiver()
            let hanging = try await RawReceiver { _ in .hang }
            let payload = #"{"text":""# + String(repeating: "x", count: 16_500) + #""}"#
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(Self.keeping + ["--outbox-max", "1MiB"], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.raw.url(), Self.secret))
                for number in 1...50 {
                    try await writer.send(Lines.artifact("a\(number)", "c-1", payload: payload))
                    try await relay.waitForDeliveries(failed: number)
                }
                try await writer.send(Lines.registration("c-2", hanging.url()))
                for number in 1...15 { try await writer.send(Lines.artifact("b\(number)", "c-2", payload: payload)) }
                try await writer.waitForAcknowledgement(of: 68)
                #expect(try await relay.ask("/readyz").status == 200, "kept bodies do not make the outbox full")
                try await relay.waitForStatus("the new ones are pending") { $0.deliveries.pending.count == 15 }
                receiver.mend()
                try await writer.send(Lines.redelivery("c-1"))
                try await writer.waitForAcknowledgement(of: 69)
                #expect(writer.rejections == [69: "gone"], "the first to fail made room")
                try await eventually("what was kept is delivered") {
                    try await relay.correlation("c-1").pending.count == 0
                }
                let workflow = try await relay.correlation("c-1")
                let states = workflow.deliveries.list.map(\.state.text)
                let gone = states.prefix { $0 == "failed" }.count
                #expect((3...6).contains(gone), "\(gone)")
                #expect(states.dropFirst(gone).allSatisfy { $0 == "delivered" })
            }
        }

        @Test func theCommandSaysWhatIsSentAgainAndWhatCannotBe() async throws {
            let receiver = try await Receiver()
            try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(Self.keeping, in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    [Lines.registration("c-1", receiver.raw.url(), Self.secret)] + Lines.artifacts(1...3, "c-1"))
                try await relay.waitForDeliveries(failed: 3)
                receiver.mend()
                func redeliver(_ arguments: String...) async throws -> Binary.Result {
                    try await Binary.run(Binary.path, ["redeliver"] + arguments + ["--socket", relay.eventSocket])
                }
                let one = try await redeliver("c-1", "--sequence", "2")
                #expect(one.exit == .code(0) && one.output == "Sequence 2 is sent again\n", "\(one.error)")
                try await relay.waitForDeliveries(delivered: 1, failed: 3)
                let all = try await redeliver("c-1")
                #expect(all.exit == .code(0) && all.output == "Sequence 1 is sent again\nSequence 3 is sent again\n")
                try await relay.waitForDeliveries(delivered: 3, failed: 3)
                let none = try await redeliver("c-1")
                #expect(none.exit == .code(0) && none.output.contains("has failed"))
                let some = try await redeliver("c-1", "--sequence", "9", "--sequence", "2")
                #expect(some.exit == .code(1) && some.output == "Sequence 2 is delivered and stays so\n")
                #expect(some.error.contains("sequence 9 cannot be sent again: no body is kept"))
                let unknown = try await redeliver("unknown")
                #expect(unknown.exit == .code(1) && unknown.error.contains("no workflow"))
                #expect(try await redeliver("c-1", "--sequence", "0").exit == .code(64))
            }
            let alone = try await Binary.run(
                "redeliver", "c-1", "--socket", "/nowhere/e", "--status-socket", "/nowhere/s")
            #expect(alone.exit == .code(69))
        }
    }
}
