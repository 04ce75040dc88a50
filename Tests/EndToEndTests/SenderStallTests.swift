import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// What a sender loses itself is not a receiver's fault.
    @Suite struct SenderStallTests {
        /// A sender stands still for twice the time of an attempt, and its answers come meanwhile.
        @Test func aStallIsNotCharged() async throws {
            let receiver = try await RawReceiver { _ in .after(.milliseconds(300), .ok) }
            try await RelayProcess.run("--senders", "1", "--timeout", "1s", "--retry-max-retries", "0") { relay in
                let sender = try #require(try await relay.senders().first)
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...4, "c-1"))
                try await receiver.wait(for: 4)
                #expect(kill(sender, SIGSTOP) == 0)
                try await Task.sleep(for: .seconds(2))
                #expect(kill(sender, SIGCONT) == 0)
                let status = try await relay.waitForDeliveries(delivered: 4)
                #expect(status.attempts.count == 4)
                #expect(try await relay.senders() == [sender])
            }
        }

        /// A stall gives an attempt no more than what was lost; up to a quarter of a second of it goes unnoticed.
        @Test func aReceiverThatHangsStillTimesOut() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--senders", "1", "--timeout", "1s", "--retry-max-retries", "0") { relay in
                let sender = try #require(try await relay.senders().first)
                let writer = try await relay.writer(grace: false)
                let begin = ContinuousClock.now
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...1, "c-1"))
                try await receiver.wait(for: 1)
                #expect(kill(sender, SIGSTOP) == 0)
                try await Task.sleep(for: .seconds(1))
                #expect(kill(sender, SIGCONT) == 0)
                try await relay.waitForDeliveries(delivered: 0, failed: 1)
                #expect((.seconds(1.7)...(.seconds(3))).contains(ContinuousClock.now - begin))
                #expect(try await relay.correlation("c-1").deliveries[0].attempts[0].error.text == "timeout")
                #expect(try await relay.senders() == [sender])
            }
        }
    }
}
