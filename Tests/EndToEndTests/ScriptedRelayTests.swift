import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

extension EndToEndTests {
    /// Commands that follow a relay that does not answer as it should.
    @Suite struct ScriptedRelayTests {
        @Test("The page's bridge ends its request when the browser goes, although the relay has not answered")
        func browserGone() async throws {
            let relay = ScriptedRelay { $0 == "/healthz" ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : nil }
            try await run("page", "--port", "0", relay: relay) { output in
                try await eventually("the address") { output().contains("press Ctrl-C") }
                let address = try #require(output().split(separator: " ").first { $0.hasPrefix("http://") })
                let url = try #require(URL(string: String(address)))
                let browser = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: try #require(url.port)).get()
                try await browser.writeAndFlush(
                    ByteBuffer(string: "GET \(url.path)/attempts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                ).get()
                try await eventually("the request is passed on") { relay.opened("/attempts") == 1 }
                try await browser.close()
                try await eventually("it ends", within: .seconds(5)) { relay.closed("/attempts") == 1 }
            }
        }

        @Test("tail waits for a relay that answers 503 while it restarts")
        func busyRelay() async throws {
            let number = Mutex(0)
            let relay = ScriptedRelay { _ in
                let number = number.withLock { number in
                    number += 1
                    return number
                }
                let status = number == 2 ? "503 Service Unavailable" : "200 OK"
                return "HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n"
            }
            try await run("tail", relay: relay) { output in
                try await eventually("the next relay is followed") { output().contains("following the relay again") }
                #expect(relay.opened("/attempts") >= 3)
            }
        }

        /// Runs a command of the relay until `body` returns.
        ///
        /// - Parameter body: takes what the command has printed so far.
        private func run(
            _ arguments: String..., relay: ScriptedRelay, _ body: (() -> String) async throws -> Void
        ) async throws {
            try await TemporaryDirectory.with { directory in
                let socket = "\(directory)/status.sock"
                let channel = try await relay.listen(socket)
                let output = "\(directory)/output"
                let process = try ChildProcess(
                    Binary.path, arguments + ["--status-socket", socket],
                    environment: Binary.environment(home: directory), output: output, error: output)
                defer { process.end() }
                try await body {
                    String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
                }
                try await channel.close()
            }
        }
    }
}
