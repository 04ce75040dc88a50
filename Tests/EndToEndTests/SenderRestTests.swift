import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Senders rest while receivers take their time.
    @Suite struct SenderRestTests {
        /// Processor time that a process has used, in seconds (proc_pid_stat(5), fields 14 and 15).
        private func processorSeconds(_ process: Int32) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = text[(try #require(text.lastIndex(of: ")")))...].split(separator: " ")
            return (11...12).compactMap { Double(fields[$0]) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        /// Row 25 of urlsession.md.
        @Test func aSilentReceiverKeepsNoProcessorBusy() async throws {
            let silent = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--senders", "1", "--timeout", "3s", "--retry-max-retries", "0") { relay in
                let sender = try #require(try await relay.senders().first)
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", silent.url())] + Lines.artifacts(1...4, "c-1"))
                try await eventually("all requests have come") { silent.requests.count == 4 }
                let before = try processorSeconds(sender)
                try await relay.waitForDeliveries(delivered: 0, failed: 4)
                #expect(try processorSeconds(sender) - before < 0.5, "of three seconds")
            }
        }
    }
}
