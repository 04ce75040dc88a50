import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// A log that is not read: a full pipe, a paused terminal. Delivery, status and the stop do not depend on it.
    @Suite struct BlockedLogTests {
        /// Runs a relay whose stderr is a pipe that is read only when `read` is called.
        private func withBlockedLog(
            _ arguments: String..., body: (RelayProcess, _ read: () -> String) async throws -> Void
        ) async throws {
            try await TemporaryDirectory.with { directory in
                let path = directory + "/relay.log"
                #expect(unsafe mkfifo(path, 0o600) == 0)
                let reading = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
                defer { close(reading) }
                let relay = try RelayProcess(arguments, in: directory)
                defer { relay.end() }
                try await eventually("the relay is ready") { (try? await relay.ask("/readyz"))?.status == 200 }
                try await body(relay) { Self.read(reading) }
            }
        }

        private static func read(_ descriptor: Int32) -> String {
            var all: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
                guard count > 0 else { return String(decoding: all, as: UTF8.self) }
                all += bytes[..<count]
            }
        }

        @Test func anUnreadLogBlocksNothing() async throws {
            let receiver = try await RawReceiver()
            try await withBlockedLog { relay, _ in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...600, "c-1"))
                try await writer.waitForAcknowledgement(of: 602)
                try await relay.waitForDeliveries(delivered: 600)
                #expect(try await relay.ask("/healthz").status == 200)
                let plain = try await relay.writer(greets: false)
                try await plain.send(Lines.artifact("plain", "c-1"))
                try await relay.waitForDeliveries(delivered: 601)
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit(within: .seconds(5)) == .code(0))
            }
        }

        @Test func aSecondSignalEndsARelayWithAnUnreadLogAtOnce() async throws {
            let receiver = try await RawReceiver { $0.artifact == "hangs" ? .hang : .ok }
            try await withBlockedLog("--timeout", "60s", "--drain-timeout", "60s") { relay, _ in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...600, "c-1"))
                try await writer.send(Lines.artifact("hangs", "c-1"))
                try await receiver.wait(for: 601)
                relay.send(SIGTERM)
                try await eventually("the relay stops reading") { (try? await relay.writer()) == nil }
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit(within: .seconds(3)) != .code(0))
            }
        }

        /// The records that arrive and those counted as dropped are all that were logged.
        @Test func droppedRecordsAreCountedExactly() async throws {
            let receiver = try await RawReceiver()
            try await withBlockedLog { relay, read in
                let writer = try await relay.writer(grace: false)
                // Long ids make long records, so that few of them fill the buffer.
                let workflow = String(repeating: "c", count: 256)
                let count = 2_000
                let artifacts = (1...count).map {
                    Lines.artifact(String(repeating: "a", count: 250) + "\($0)", workflow)
                }
                try await writer.send([Lines.registration(workflow, receiver.url())] + artifacts)
                try await relay.waitForDeliveries(delivered: count, within: .seconds(40))
                let dropped = try await relay.ask("/metrics").sample("flock_relay_log_records_dropped_total")
                #expect(dropped > 300)
                var log = ""
                try await eventually("every record that was kept has arrived") {
                    log += read()
                    let kept = log.split(separator: "\n").count { $0.contains("delivery.attempted") }
                    return kept == count - Int(dropped)
                }
                try await writer.send(Lines.artifact("next", workflow))
                try await eventually("the next record says how many were dropped") {
                    log += read()
                    return log.contains(#""count":\#(Int(dropped))}"#)
                }
            }
        }
    }
}
