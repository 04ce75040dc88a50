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
                let listener = try await ListenProcess(["--secret", "s", "--fail", "500x2", "--bodies"], in: directory)
                defer { listener.process.end() }
                let address = try listener.address
                try await RelayProcess.run("--retry-base-delay", "50ms") { relay in
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(
                        Lines.registration("c-1", address, #","webhook_secret":"s""#), Lines.artifact("a1", "c-1"))
                    let status = try await relay.waitForDeliveries(delivered: 1)
                    #expect(status.deliveries.recovered.count == 1)
                }
                try await eventually("listen shows three attempts") { listener.text.contains("attempt 3 of c-1") }
                #expect(
                    listener.text.contains("answered 500 on purpose") && listener.text.contains("both signatures valid")
                )
                #expect(listener.text.contains(#""artifact_id":"a1""#))
            }
        }

        @Test func helpNamesEveryCommand() async throws {
            let help = try await Binary.run("--help")
            #expect(help.exit == .code(0))
            let commands = [
                "serve", "status", "tail", "redeliver", "send", "listen", "verify", "public-key", "check-config",
                "demo",
            ]
            for command in commands {
                #expect(help.output.contains("  \(command)"))
            }
        }

        @Test func statusOfAnUnknownWorkflowFails() async throws {
            try await RelayProcess.run { relay in
                let result = try await Binary.run("status", "unknown", "--status-socket", relay.statusSocket)
                #expect(result.exit == .code(1) && result.error.contains("no workflow"))
            }
        }

        /// Ids, types and headers come from outside; a terminal must not obey them.
        @Test func textFromOutsideCannotControlATerminal() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--log-format", "text") { relay in
                let hostile = #"x\u001b[2J\u0007\r\n\u009b31m\u007f\u202e\u2066y"#
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration(hostile, receiver.url()),
                    Lines.artifact("a", hostile).replacingOccurrences(of: "Draft", with: hostile))
                try await relay.waitForDeliveries(delivered: 1)
                let id = "x\u{1B}[2J\u{7}\r\n\u{9B}31m\u{7F}\u{202E}\u{2066}y"
                let table = try await Binary.run("status", id, "--status-socket", relay.statusSocket)
                let json = try await Binary.run("status", id, "--json", "--status-socket", relay.statusSocket)
                let unknown = try await Binary.run("status", id + "z", "--status-socket", relay.statusSocket)
                #expect(table.exit == .code(0) && json.exit == .code(0) && unknown.exit == .code(1))
                #expect(
                    table.output.contains(#"x\u001b[2J\u0007\u000d\u000a\u009b31m\u007f\u202e\u2066y"#),
                    "\(table.output)")
                #expect(try JSON(parsing: json.output.utf8).correlation_id.text == id)
                for text in [table.output, json.output, unknown.error, relay.log] {
                    let lines = text.split(separator: "\n")
                    #expect(lines.allSatisfy { Self.isPlain($0) }, "\(lines.filter { !Self.isPlain($0) })")
                }
            }
        }

        private static func isPlain(_ line: Substring) -> Bool {
            line.unicodeScalars.allSatisfy { scalar in
                let kind = scalar.properties.generalCategory
                return kind != .control && !scalar.properties.isBidiControl
            }
        }

        @Test func listenEscapesHeadersAndBodies() async throws {
            try await TemporaryDirectory.with { directory in
                let listener = try await ListenProcess(["--bodies"], in: directory)
                defer { listener.process.end() }
                let port = try listener.port
                let body = "{\u{1B}[2J\n\u{7F}}"
                let head =
                    "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Flock-Correlation-Id: a\u{9B}1m\u{202E}"
                let answer = try await HTTPExchange.send(
                    "\(head)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", port: port)
                #expect(HTTPExchange.status(answer) == 200)
                try await eventually("listen shows the body") { listener.text.contains(#"{\u001b[2J\u000a\u007f}"#) }
                #expect(listener.text.split(separator: "\n").allSatisfy { Self.isPlain($0) }, "\(listener.text)")
            }
        }

        /// Editors and shells of some systems write a byte order mark at the start of a file.
        @Test func sendSkipsAByteOrderMark() async throws {
            try await RelayProcess.run { relay in
                try await TemporaryDirectory.with { directory in
                    let files = ["one", "two", "empty", "marked"].map { "\(directory)/\($0)" }
                    for (file, text) in zip(files, ["\u{FEFF}{}\r\n{}", "\u{FEFF}{}\n{\n", "", "\u{FEFF}"]) {
                        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
                    }
                    let sent = try await Binary.run(Binary.path, ["send", "--socket", relay.eventSocket] + files)
                    #expect(sent.output == "4 lines acknowledged, 1 rejected\n")
                    #expect(sent.error.hasPrefix("\(files[1]):2: invalid_json"), "\(sent.error)")
                    let piped = try await Binary.run(
                        "send", "--socket", relay.eventSocket, input: Array("\u{FEFF}{}\n\u{FEFF}{}\n".utf8))
                    #expect(piped.error.hasPrefix("stdin:2: invalid_json"), "\(piped.error)")
                }
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
