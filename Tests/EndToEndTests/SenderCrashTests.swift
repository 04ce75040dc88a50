import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Receivers that kill URLSession (rows 1, 2 and 20 of urlsession.md) harm nobody but themselves.
    @Suite struct SenderCrashTests {
        /// Registers one workflow for each receiver and publishes so many artifacts to each, all at once.
        private func publish(_ count: Int, to receivers: [RawReceiver], _ relay: RelayProcess) async throws {
            let writer = try await relay.writer(grace: false)
            for (index, receiver) in receivers.enumerated() {
                try await writer.send(Lines.registration("innocent-\(index)", receiver.url()))
            }
            try await writer.send(
                (1...count).flatMap { number in
                    receivers.indices.map { Lines.artifact("a\(number)", "innocent-\($0)") }
                })
            try await writer.waitForAcknowledgement(of: 1 + receivers.count * (1 + count))
        }

        /// All of a workflow arrived, each at its first attempt that was charged.
        private func checkUncharged(
            _ relay: RelayProcess, _ workflow: String, _ receiver: RawReceiver, count: Int
        ) async throws {
            let deliveries = try await relay.correlation(workflow).deliveries.list
            #expect(deliveries.count == count)
            #expect(deliveries.allSatisfy { $0.state.text == "delivered" })
            #expect(deliveries.allSatisfy { $0.attempts.list.count == 1 }, "an innocent delivery was charged")
            #expect(Set(receiver.requests.map(\.sequence)) == Set(1...count))
            #expect(receiver.requests.allSatisfy { $0.attempt == 1 })
            let ids = Dictionary(grouping: receiver.requests, by: \.sequence).mapValues {
                Set($0.map { $0.header("webhook-id") ?? "" }).count
            }
            #expect(ids.values.allSatisfy { $0 == 1 })
        }

        static let killers: [RawAnswer] = [
            .truncatedHeader, .deadlyRedirect(), .deadlyRedirect("//[::1]/a"),
            .status(307, ["Location": "//%00/"]),
        ]

        @Test(arguments: killers)
        func theCulpritKillsSendersAndHarmsNobody(killer: RawAnswer) async throws {
            let culprit = try await RawReceiver { _ in .after(.milliseconds(200), killer) }
            let fast = try await RawReceiver()
            let slow = try await RawReceiver { _ in .after(.milliseconds(250), .ok) }
            try await RelayProcess.run("--senders", "2") { relay in
                let senders = try await relay.senders()
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("culprit", culprit.url(), #","max_retries":1"#), Lines.artifact("a1", "culprit"))
                try await publish(50, to: [fast, slow], relay)
                let status = try await relay.waitForDeliveries(delivered: 100, failed: 1, within: .seconds(40))
                try await checkUncharged(relay, "innocent-0", fast, count: 50)
                try await checkUncharged(relay, "innocent-1", slow, count: 50)
                #expect(status.deliveries.failed_by_reason.object.mapValues(\.count) == ["sender_crashed": 1])
                #expect(status.attempts.count == 102)
                let guilty = try await relay.correlation("culprit").deliveries[0]
                #expect(guilty.attempts.list.map(\.error.text) == ["sender_crashed", "sender_crashed"])
                #expect(Set(try await relay.senders()) != Set(senders), "no sender died: does the receiver still kill?")
                #expect(relay.ended() == nil)
                let metrics = try await relay.ask("/metrics")
                #expect(metrics.sample(#"flock_relay_sender_restarts_total{reason="crashed"}"#) >= 2)
                #expect(metrics.sample(#"flock_relay_attempt_errors_total{class="sender_crashed"}"#) == 2)
            }
        }

        /// Deliveries that hang are suspects like all others; those behind them are not late by all their deadlines.
        @Test func hangingSuspectsDoNotHoldUpTheInnocent() async throws {
            let hanging = try await RawReceiver { _ in .hang }
            let innocent = try await RawReceiver { $0.seenBefore < 4 ? .after(.seconds(2), .ok) : .ok }
            let culprit = try await RawReceiver { _ in .after(.seconds(1), .truncatedHeader) }
            try await RelayProcess.run("--senders", "1", "--timeout", "6s", "--retry-max-retries", "0") { relay in
                try await publish(8, to: [hanging], relay)
                try await hanging.wait(for: 8)
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", innocent.url())] + Lines.artifacts(1...4, "c-1"))
                try await innocent.wait(for: 4)
                try await writer.send(Lines.registration("culprit", culprit.url()), Lines.artifact("a1", "culprit"))
                try await culprit.wait(for: 1)
                let crash = ContinuousClock.now
                try await relay.waitForStatus("the innocent arrive", within: .seconds(50)) {
                    $0.deliveries.delivered.count == 4
                }
                #expect(ContinuousClock.now - crash < .seconds(10))
                try await checkUncharged(relay, "c-1", innocent, count: 4)
            }
        }

        /// An origin that killed is tried apart, and is free again once it answers.
        @Test func aCulpritThatReformsIsDelivered() async throws {
            let receiver = try await RawReceiver { $0.attempt == 1 ? .truncatedHeader : .ok }
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"))
                let status = try await relay.waitForDeliveries(delivered: 1)
                #expect(status.deliveries.recovered.count == 1 && status.attempts.count == 2)
                try await writer.send(Lines.registration("c-2", receiver.url("/good")))
                try await writer.send(Lines.artifacts(1...20, "c-2").map { $0.replacing("a1", with: "b1") })
                try await relay.waitForStatus("all final", within: .seconds(40)) { $0.deliveries.pending.count == 0 }
            }
        }

        /// Ends whichever senders have work, by hand, while their receiver still thinks.
        private func disturb(_ relay: RelayProcess, _ signal: Int32, _ receiver: RawReceiver) async throws {
            try await receiver.wait(for: 8)
            let status = try await relay.status()
            let busy = status.senders.list.filter { $0.in_flight.count > 0 }.map { Int32($0.pid.count) }
            #expect(!busy.isEmpty)
            for sender in busy { #expect(kill(sender, signal) == 0) }
            try await eventually("the senders are replaced", within: .seconds(20)) {
                try await Set(relay.senders()).isDisjoint(with: busy)
            }
        }

        @Test(arguments: [SIGKILL, SIGSTOP, SIGABRT])
        func deliveriesOfAnEndedSenderArriveUncharged(signal: Int32) async throws {
            let receiver = try await RawReceiver { $0.seenBefore < 8 ? .after(.seconds(2), .ok) : .ok }
            try await RelayProcess.run("--senders", "2") { relay in
                try await publish(40, to: [receiver], relay)
                try await disturb(relay, signal, receiver)
                try await relay.waitForDeliveries(delivered: 40, within: .seconds(40))
                try await checkUncharged(relay, "innocent-0", receiver, count: 40)
            }
        }

        /// Frozen while idle: found out when work comes.
        @Test func frozenIdleSendersAreReplaced() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--senders", "2") { relay in
                for sender in try await relay.senders() { #expect(kill(sender, SIGSTOP) == 0) }
                try await publish(10, to: [receiver], relay)
                try await relay.waitForDeliveries(delivered: 10, within: .seconds(40))
                try await checkUncharged(relay, "innocent-0", receiver, count: 10)
            }
        }

        /// A sender ends ten times while deliveries flow.
        @Test func sendersMayEndAtAnyTime() async throws {
            let receiver = try await RawReceiver { _ in .after(.milliseconds(20), .ok) }
            try await RelayProcess.run("--senders", "2") { relay in
                try await publish(1_000, to: [receiver], relay)
                for round in 1...10 {
                    try await receiver.wait(for: round * 40)
                    if let sender = try await relay.senders().randomElement() { _ = kill(sender, SIGKILL) }
                }
                try await relay.waitForDeliveries(delivered: 1_000, within: .seconds(40))
                try await checkUncharged(relay, "innocent-0", receiver, count: 1_000)
            }
        }
    }
}
