import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// SIGHUP reloads some settings.
    @Suite struct ReloadTests {
        private func write(_ text: String, to path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            #expect(unsafe chmod(path, 0o600) == 0)
        }

        private func reload(_ relay: RelayProcess, _ message: String) async throws {
            let before = relay.logRecords(message).count
            relay.send(SIGHUP)
            try await eventually("the log says: \(message)") { relay.logRecords(message).count > before }
        }

        @Test func aReloadAppliesSecretRetriesAndNetworks() async throws {
            let receiver = try await RawReceiver { $0.target == "/fails" ? .status(500) : .ok }
            try await TemporaryDirectory.with { directory in
                let config = "\(directory)/config.json"
                let secret = "\(directory)/secret"
                try write("first", to: secret)
                try write(#"{"secret-file":"\#(secret)","retry":{"max-retries":0},"timeout":"5s"}"#, to: config)
                let relay = try RelayProcess(["--config", config], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url("/1")), Lines.artifact("a1", "c-1"))
                try await checkSignature(try await receiver.wait(for: 1, to: "/1")[0], secret: "first")

                try write("second", to: secret)
                try write(
                    #"{"secret-file":"\#(secret)","retry":{"max-retries":1,"base-delay":"50ms"},"format":"flock"}"#,
                    to: config)
                try await reload(relay, "Configuration reloaded")
                #expect(
                    relay.logRecords("Configuration reloaded").last?.needing_restart.text == "format,timeout")
                try await writer.send(Lines.registration("c-2", receiver.url("/2")), Lines.artifact("a1", "c-2"))
                let request = try await receiver.wait(for: 1, to: "/2")[0]
                try await checkSignature(request, secret: "second")
                let body = String(decoding: request.body, as: UTF8.self)
                #expect(body.contains(#""produced_by":"#) && !body.contains(#""artifact":"#), "still flat: \(body)")
                try await writer.send(Lines.registration("c-3", receiver.url("/fails")), Lines.artifact("a1", "c-3"))
                try await relay.waitForDeliveries(delivered: 2, failed: 1)
                #expect(receiver.requests(to: "/fails").count == 2)
            }
        }

        private func checkSignature(_ request: RawRequest, secret: String) async throws {
            let signature = try await OpenSSL.hmac(key: Array(secret.utf8), request.body)
            #expect(request.header("X-Flock-Signature") == "sha256=\(signature)")
        }

        @Test func anInvalidConfigurationKeepsTheCurrentOne() async throws {
            try await TemporaryDirectory.with { directory in
                let config = "\(directory)/config.json"
                try write(#"{"log-level":"info"}"#, to: config)
                let relay = try RelayProcess(["--config", config], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                try write(#"{"log-level":"loud"}"#, to: config)
                try await reload(relay, "Cannot reload the configuration; keeping the current one")
                #expect(relay.log.contains("log-level (file)"))
                #expect(try await relay.ask("/healthz").status == 200)
                try write(#"{"log-level":"error"}"#, to: config)
                relay.send(SIGHUP)
                try await eventually("rejections are no longer logged") {
                    let before = relay.logRecords("A line was rejected").count
                    let writer = try await relay.writer()
                    try await writer.send("nonsense")
                    try await writer.waitForAcknowledgement(of: 2)
                    return relay.logRecords("A line was rejected").count == before
                }
            }
        }
    }
}
