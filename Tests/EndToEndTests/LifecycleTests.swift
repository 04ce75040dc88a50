import Domain
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Start, stop and kill of the daemon: docs/operations.md.
    @Suite struct LifecycleTests {
        private func publish(_ count: Int, to receiver: RawReceiver, _ relay: RelayProcess) async throws {
            let writer = try await relay.writer(grace: false)
            try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...count, "c-1"))
            try await writer.waitForAcknowledgement(of: 2 + count)
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func aStopWaitsForAttemptsInFlight(signal: Int32) async throws {
            let receiver = try await RawReceiver { _ in .after(.milliseconds(700), .ok) }
            try await RelayProcess.run { relay in
                try await publish(4, to: receiver, relay)
                try await receiver.wait(for: 4)
                relay.send(signal)
                #expect(try await relay.waitForExit(within: .seconds(5)) == .code(0))
                #expect(relay.logRecords("Stopped").map(\.deliveries_remaining.number) == [0])
                #expect(
                    relay.logRecords("delivery.attempted").map(\.outcome.text)
                        == Array(repeating: "delivered", count: 4))
                #expect(!FileManager.default.fileExists(atPath: relay.eventSocket))
                #expect(!FileManager.default.fileExists(atPath: relay.statusSocket))
            }
        }

        /// The stop waits for a hanging attempt no longer than `drain-timeout`, although its deadline is later.
        @Test func theStopTakesNoLongerThanDrainTimeout() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--drain-timeout", "500ms", "--timeout", "60s") { relay in
                try await publish(10, to: receiver, relay)
                try await receiver.wait(for: 8)
                let start = ContinuousClock.now
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit(within: .seconds(20)) == .code(0))
                #expect(ContinuousClock.now - start < .seconds(4))
                #expect(relay.logRecords("Stopped").map(\.deliveries_remaining.number) == [10])
            }
        }

        @Test func aSecondSignalStopsAtOnce() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--drain-timeout", "60s", "--timeout", "60s") { relay in
                try await publish(1, to: receiver, relay)
                try await receiver.wait(for: 1)
                relay.send(SIGTERM)
                try await eventually("the relay has received the first signal") {
                    relay.log.contains("Stopping; a second signal ends at once")
                }
                #expect(relay.ended() == nil)
                relay.send(SIGINT)
                let exit = try await relay.waitForExit(within: .seconds(3))
                #expect(exit != .code(0))
            }
        }

        /// A writer that stays connected, with lines in their grace period, does not delay the stop.
        @Test func openConnectionsDoNotDelayTheStop() async throws {
            try await RelayProcess.run("--unmatched-grace", "1h") { relay in
                let writer = try await relay.writer()
                try await writer.send(Lines.artifact("a1", "c-1"))
                try await relay.waitForStatus("the artifact is received") { $0.received.message_published.count == 1 }
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit(within: .seconds(5)) == .code(0))
                try await eventually("the connection ends") { writer.hasEnded }
                #expect(writer.acknowledged == 1)
            }
        }

        /// The relay starts no child process, even with attempts in flight.
        @Test func theRelayIsOneProcess() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--timeout", "60s") { relay in
                try await publish(8, to: receiver, relay)
                try await receiver.wait(for: 8)
                let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(relay.processID)/task")
                for task in tasks {
                    // A thread may end between listing and reading; its file is then missing.
                    let path = "/proc/\(relay.processID)/task/\(task)/children"
                    #expect((try? String(contentsOfFile: path, encoding: .utf8)) ?? "" == "")
                }
            }
        }

        @Test func aLeftOverSocketIsReplaced() async throws {
            let receiver = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let first = try RelayProcess(in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                first.send(SIGKILL)
                _ = try await first.waitForExit()
                #expect(FileManager.default.fileExists(atPath: first.eventSocket))
                let second = try RelayProcess(in: directory)
                defer { second.end() }
                try await second.waitUntilReady()
                try await publish(3, to: receiver, second)
                try await second.waitForDeliveries(delivered: 3)
            }
        }

        @Test func socketsHaveTheConfiguredMode() async throws {
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            try await RelayProcess.run { relay in
                let modes = try [relay.eventSocket, relay.statusSocket, relay.stateDirectory].map(mode)
                #expect(modes == [0o660, 0o660, 0o700])
            }
            try await RelayProcess.run("--socket-mode", "0600") { relay in
                let modes = try [relay.eventSocket, relay.statusSocket].map(mode)
                #expect(modes == [0o600, 0o600])
            }
        }
    }
}
