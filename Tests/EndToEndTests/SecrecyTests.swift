import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// Secrets, keys, paths, query strings and payloads reach only their receiver, never logs, status or replies.
    @Suite struct SecrecyTests {
        private static let canary = "canary-7f3a"
        /// Part of a span, by the specification, but of nothing else.
        private static let traceState = "vendor=state-7f3a"

        @Test func logsStatusAndRepliesShowNoPrivateData() async throws {
            let canary = Self.canary
            let receiver = try await RawReceiver { request in
                let text = "HTTP/1.1 500 \(canary)\r\nX-Echo: \(canary)\r\nContent-Length: 11\r\n\r\n\(canary)"
                return request.target.hasPrefix("/fine")
                    ? .ok : request.attempt == 1 ? .bytes(text) : .bytesThenClose("HTTP/1.1 503 No\r\nContent-Le")
            }
            let collector = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let keys = try await OpenSSLKeyPair(in: directory)
                let relay = try RelayProcess(
                    [
                        "--log-level", "trace", "--secret-file", try secretFile(in: directory), "--signing-key-file",
                        keys.privateKey, "--retry-max-retries", "2", "--retry-base-delay", "100ms", "--keep-failed",
                        "1h",
                    ],
                    environment: [
                        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)",
                        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=\(canary)", "OTEL_BSP_SCHEDULE_DELAY": "100",
                    ],
                    in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let routes = try await RouteReaders(relay)
                let writer = try await relay.writer(grace: false)
                try await writer.send(Self.lines(receiver))
                try await relay.waitForDeliveries(delivered: 2, failed: 1)
                try await writer.send(Lines.redelivery("c-1"))
                try await relay.waitForDeliveries(delivered: 2, failed: 2)
                #expect(receiver.requests.contains { $0.target.contains(canary) && $0.text.contains(canary) })
                #expect(receiver.requests.contains { $0.header("tracestate") == Self.traceState })
                #expect(receiver.requests.allSatisfy { $0.header("webhook-signature")?.contains("v1a,") == true })
                var shown = try await routes.answers(about: ["c-1", "c-2", "c-3"])
                #expect(shown.keys.contains { $0.hasPrefix("/correlations/c-1") } && shown.count > 10)
                try await collector.wait(for: 1)
                #expect(collector.requests.allSatisfy { $0.header("authorization") == canary })
                shown["spans"] = collector.requests.map { String(decoding: $0.body, as: UTF8.self) }.joined()
                #expect(shown["spans"]?.contains("c-1") == true)
                (shown["log"], shown["output"]) = (relay.log, relay.output)
                for arguments in [["status"], ["status", "c-1"], ["status", "--json"], ["redeliver", "c-2"]] {
                    let result = try await Binary.run(
                        Binary.path,
                        arguments
                            + ["--\(arguments[0] == "status" ? "status-" : "")socket"]
                            + [arguments[0] == "status" ? relay.statusSocket : relay.eventSocket])
                    shown[arguments.joined(separator: " ")] = result.output + result.error
                }
                #expect(writer.rejections.count == 7)
                shown["replies"] = "\(writer.replies)"
                shown["command line"] = try String(
                    contentsOfFile: "/proc/\(relay.processID)/cmdline", encoding: .utf8)
                let forbidden = Self.spellings(of: Data(canary.utf8)) + [canary] + (try Self.spellings(of: keys))
                for (place, text) in shown {
                    #expect(place == "spans" || !text.contains(Self.traceState), "the trace state in \(place)")
                    for spelling in forbidden { #expect(!text.contains(spelling), "\(spelling) in \(place)") }
                }
            }
        }

        private func secretFile(in directory: String) throws -> String {
            let path = "\(directory)/secret"
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: Data(Self.canary.utf8), attributes: [.posixPermissions: 0o600]))
            return path
        }

        /// The canary in every place of a line whose contents are private, or rejected.
        private static func lines(_ receiver: RawReceiver) -> [String] {
            let secret = #","webhook_secret":"\#(canary)""#
            let rotated = #","webhook_secret":["\#(canary)-1","whsec_\#(Data(canary.utf8).base64EncodedString())"]"#
            let trace = #""traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#
            return [
                Lines.registration("c-1", receiver.url("/\(canary)?token=\(canary)"), secret),
                Lines.registration("c-2", receiver.url("/fine?token=\(canary)"), rotated),
                Lines.registration("c-3", receiver.url("/fine/%63anary-7f3a?\(canary)")),
                Lines.artifact(
                    "a1", "c-1", payload: #"{"\#(canary)":"\#(canary)"}"#, #","extra":"\#(canary)""#
                ).replacing(#""tags":[]"#, with: #""tags":["\#(canary)"]"#),
                Lines.artifact(
                    "a1", "c-2", payload: #"{"x":"\#(canary)"}"#, #",\#(trace),"tracestate":"\#(traceState)""#),
                Lines.artifact("a1", "c-3", #","traceparent":"\#(canary)","headers":{"X-\#(canary)":"\#(canary)"}"#),
                #"{"\#(canary)":"\#(canary)"#, #"["\#(canary)"]"#, #"{"type":"\#(canary)"}"#,
                Lines.registration("c-4", "ftp://\(canary)/\(canary)", secret),
                Lines.registration("c-4", "http://\(canary)@a.example/", secret),
                Lines.registration("c-4", receiver.url(), #","webhook_secret":"whsec_\#(canary)!""#),
                Lines.registration("c-4", receiver.url(), #","format":"\#(canary)""#),
                Lines.registration("c-4", receiver.url(), #","events":["\#(canary)"]"#),
            ]
        }

        /// Bytes in hexadecimal and in base64, wherever they begin in a longer text.
        private static func spellings(of bytes: Data) -> [String] {
            let hex = bytes.map { String(format: "%02x", $0) }.joined()
            let base64 = (0..<3).map { before in
                // The first and the last group depend on the neighbours.
                let text = (Data(repeating: 0, count: before) + bytes).base64EncodedString()
                return String(text.dropFirst(before == 0 ? 0 : 4).dropLast(4))
            }
            return [hex] + base64
        }

        private static func spellings(of keys: OpenSSLKeyPair) throws -> [String] {
            let lines = try String(contentsOfFile: keys.privateKey, encoding: .utf8).split(separator: "\n")
            let key = try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined()))
            return spellings(of: key.suffix(32))
        }
    }
}

/// Reads every route that the binary has: those that end when asked, streams from the start.
private struct RouteReaders {
    private let relay: RelayProcess
    /// By route. A connection that has not ended is a stream.
    private let connections: [String: RawConnection]

    /// Learns the routes from the answer to an unknown one.
    init(_ relay: RelayProcess) async throws {
        self.relay = relay
        let error = try await relay.ask("/no-such-route").json.error.text ?? ""
        let list = error.components(separatedBy: "the routes are ").last ?? ""
        var connections: [String: RawConnection] = [:]
        for route in list.components(separatedBy: ", ") {
            let connection = try await RawConnection(socket: relay.statusSocket)
            try await connection.write("GET \(route) HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n".utf8)
            try await eventually("the beginning of an answer to \(route)") { !connection.bytes.isEmpty }
            connections[route] = connection
        }
        #expect(Set(connections.keys).isSuperset(of: ["/status", "/correlations", "/metrics", "/readyz", "/healthz"]))
        self.connections = connections
    }

    /// What each route shows now, and what its stream has shown; also what it answers to a wrong method and a wrong query.
    func answers(about workflows: [String]) async throws -> [String: String] {
        var shown: [String: String] = [:]
        for (route, connection) in connections {
            shown["\(route) at first"] = String(decoding: connection.bytes, as: UTF8.self)
            guard connection.hasEnded else { continue }
            shown[route] = try await relay.ask(route).text
            shown["POST \(route)"] = try await relay.ask(route, method: "POST").text
            shown["\(route)?x"] = try await relay.ask("\(route)?x=1").text
        }
        for workflow in workflows {
            for query in ["", "?density=10", "?state=failed"] {
                let route = "/correlations/\(workflow)\(query)"
                shown[route] = try await relay.ask(route).text
            }
        }
        return shown
    }
}
