import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// Secrets, paths, query strings and payloads reach only their receiver, never logs, status or replies.
    @Suite struct SecrecyTests {
        private static let canary = "canary-7f3a"

        @Test func logsStatusAndRepliesShowNoPrivateData() async throws {
            let receiver = try await RawReceiver { request in
                let text =
                    "HTTP/1.1 500 \(Self.canary)\r\nX-Echo: \(Self.canary)\r\nContent-Length: 11\r\n\r\n\(Self.canary)"
                switch request.target.hasPrefix("/fine") {
                case true: return .ok
                case false:
                    return request.attempt == 1 ? .bytes(text) : .bytesThenClose("HTTP/1.1 503 No\r\nContent-Le")
                }
            }
            let canary = Self.canary
            try await TemporaryDirectory.with { directory in
                let secret = "\(directory)/secret"
                #expect(
                    FileManager.default.createFile(
                        atPath: secret, contents: Data(canary.utf8), attributes: [.posixPermissions: 0o600]))
                let relay = try RelayProcess(
                    [
                        "--log-level", "trace", "--secret-file", secret, "--retry-max-retries", "2",
                        "--retry-base-delay", "100ms",
                    ],
                    in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                let options = #","webhook_secret":"\#(canary)""#
                try await writer.send(
                    Lines.registration("c-1", receiver.url("/\(canary)?token=\(canary)"), options),
                    Lines.registration("c-2", receiver.url("/fine?token=\(canary)")),
                    Lines.artifact(
                        "a1", "c-1", payload: #"{"\#(canary)":"\#(canary)"}"#,
                        #","tags":["\#(canary)"],"extra":"\#(canary)""#
                    )
                    .replacing(#""tags":[],"#, with: "").replacing(#""tags":[]"#, with: #""x":1"#),
                    Lines.artifact("a1", "c-2", payload: #"{"x":"\#(canary)"}"#),
                    #"{"\#(canary)":"\#(canary)"#, #"["\#(canary)"]"#, #"{"type":"\#(canary)"}"#,
                    Lines.registration("c-3", "ftp://\(canary)/\(canary)", options),
                    Lines.registration("c-3", "http://\(canary)@a.example/", options),
                    Lines.registration("c-3", receiver.url(), #","webhook_secret":"whsec_\#(canary)!""#),
                    Lines.registration("c-3", receiver.url(), #","format":"\#(canary)""#))
                try await relay.waitForDeliveries(delivered: 1, failed: 1)
                #expect(receiver.requests.contains { $0.target.contains(canary) && $0.text.contains(canary) })
                var shown = ["log": relay.log, "output": relay.output]
                for route in [
                    "/status", "/metrics", "/correlations", "/correlations/c-1", "/correlations/c-2", "/readyz",
                ] {
                    shown[route] = try await relay.ask(route).text
                }
                for arguments in [["status"], ["status", "c-1"], ["status", "--json"]] {
                    let result = try await Binary.run(
                        Binary.path, arguments + ["--status-socket", relay.statusSocket])
                    shown[arguments.joined(separator: " ")] = result.output + result.error
                }
                #expect(writer.rejections.count == 6)
                shown["replies"] = "\(writer.replies)"
                for (place, text) in shown { #expect(!text.contains(canary), "in \(place)") }
                let line = try String(contentsOfFile: "/proc/\(relay.processID)/cmdline", encoding: .utf8)
                #expect(!line.contains(canary))
            }
        }
    }
}
