import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// All commands but `serve`.
    @Suite struct CommandTests {
        @Test func verifyAcceptsOnlyMatchingSignatures() async throws {
            let body = Array(#"{"a":1.0,"b":"é"}"#.utf8)
            let signature = try await OpenSSL.hmac(key: Array("s".utf8), body)
            func verify(_ body: [UInt8], _ header: String, secret: String = "s") async throws -> ChildProcess.Exit {
                try await Binary.run("verify", "--secret", secret, "--signature", header, input: body).exit
            }
            #expect(try await verify(body, "sha256=\(signature)") == .code(0))
            #expect(try await verify(body, "sha256=\(signature.uppercased())") == .code(0))
            #expect(try await verify(body + [0x0A], "sha256=\(signature)") == .code(1))
            #expect(try await verify(body, signature) == .code(1))
            #expect(try await verify(body, "sha256=\(signature)", secret: "t") == .code(1))
            #expect(try await verify(body, "sha256=\(signature)", secret: "") == .code(64))
            try await TemporaryDirectory.with { directory in
                let file = "\(directory)/body"
                try Data(body).write(to: URL(fileURLWithPath: file))
                let result = try await Binary.run("verify", "--secret", "s", "--signature", "sha256=\(signature)", file)
                #expect(result.exit == .code(0) && !result.output.isEmpty)
            }
        }

        @Test func demoShowsEveryDeliveryAndEnds() async throws {
            let result = try await Binary.run("demo")
            #expect(result.exit == .code(0), "\(result.error)")
            #expect(result.output.contains("both signatures valid"))
            #expect(result.output.contains("answered 500 on purpose"))
            #expect(result.output.contains("5 delivered (1 recovered), 0 failed"))
            #expect(result.error.isEmpty)
        }

        /// Its output can be followed although it goes to a file.
        @Test func listenFailsAsItsScriptSaysAndShowsIt() async throws {
            try await TemporaryDirectory.with { directory in
                let output = "\(directory)/listen.out"
                let listener = try ChildProcess(
                    Binary.path, ["listen", "--port", "0", "--secret", "s", "--fail", "500x2", "--bodies"],
                    environment: Binary.environment(home: directory), output: output, error: "\(directory)/listen.err")
                defer { listener.end() }
                func text() -> String {
                    String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
                }
                try await eventually("listen prints its address") { text().contains("Listening on http://127.0.0.1:") }
                let address = try #require(text().split(separator: " ").first { $0.hasPrefix("http://") })
                try await RelayProcess.run("--retry-base-delay", "50ms") { relay in
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(
                        Lines.registration("c-1", "\(address)", #","webhook_secret":"s""#), Lines.artifact("a1", "c-1"))
                    let status = try await relay.waitForDeliveries(delivered: 1)
                    #expect(status.deliveries.recovered.count == 1)
                }
                try await eventually("listen shows three attempts") { text().contains("attempt 3 of c-1") }
                #expect(text().contains("answered 500 on purpose") && text().contains("both signatures valid"))
                #expect(text().contains(#""artifact_id":"a1""#))
            }
        }

        @Test func helpNamesEveryCommand() async throws {
            let help = try await Binary.run("--help")
            #expect(help.exit == .code(0))
            for command in ["serve", "status", "redeliver", "send", "listen", "verify", "check-config", "demo"] {
                #expect(help.output.contains("  \(command)"))
            }
        }

        @Test func statusOfAnUnknownWorkflowFails() async throws {
            try await RelayProcess.run { relay in
                let result = try await Binary.run("status", "unknown", "--status-socket", relay.statusSocket)
                #expect(result.exit == .code(1) && result.error.contains("no workflow"))
            }
        }

        /// Commands without socket options find the sockets where a daemon without options creates them.
        @Test func commandsFindTheDaemonAtTheDefaultPaths() async throws {
            try await TemporaryDirectory.with { directory in
                let places = ["RUNTIME_DIRECTORY": "\(directory)/run", "STATE_DIRECTORY": "\(directory)/state"]
                let log = "\(directory)/log"
                let daemon = try ChildProcess(
                    Binary.path, ["serve"],
                    environment: Binary.environment(home: directory).merging(places) { $1 }, output: log, error: log)
                defer { daemon.end() }
                try await eventually("status finds the daemon") {
                    try await Binary.run("status", "--json", environment: places).exit == .code(0)
                }
                let sent = try await Binary.run("send", input: Array("{}\n{}".utf8), environment: places)
                #expect(sent.exit == .code(0) && sent.output == "2 lines acknowledged, 0 rejected\n")
                daemon.send(SIGTERM)
                #expect(try await daemon.waitForExit() == .code(0))
            }
        }

        /// A relay that ends while `send` waits: exit code 69, and a message that says what to do.
        @Test func sendFailsWith69WhenTheRelayEnds() async throws {
            try await RelayProcess.run("--unmatched-grace", "1h") { relay in
                async let sent = Binary.run(
                    "send", "--socket", relay.eventSocket, input: Array(Lines.artifact("a1", "c-1").utf8))
                try await relay.waitForStatus("the artifact is received") { $0.received.message_published.count == 1 }
                relay.send(SIGKILL)
                let result = try await sent
                #expect(result.exit == .code(69) && result.error.contains("send them again"))
            }
        }
    }
}
