import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// The headers of docs/receivers.md; `openssl` computes the signatures independently.
    @Suite struct HeaderTests {
        /// Both signatures of a request, against the bytes that arrived.
        private func checkSignatures(_ request: RawRequest, secret: String, key: [UInt8]) async throws {
            let flock = try await OpenSSL.hmac(key: Array(secret.utf8), request.body)
            #expect(request.header("X-Flock-Signature") == "sha256=\(flock)")
            let id = try #require(request.header("webhook-id"))
            let time = try #require(request.header("webhook-timestamp"))
            let standard = try await OpenSSL.base64HMAC(key: key, Array("\(id).\(time).".utf8) + request.body)
            #expect(request.header("webhook-signature") == "v1,\(standard)")
        }

        @Test func everyDocumentedHeaderIsSent() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                let before = Int(Date.now.timeIntervalSince1970)
                try await writer.send(
                    Lines.registration("c-1", receiver.url("/hook?a=b&c=%20"), #","webhook_secret":"sécret""#),
                    Lines.artifact("a-1", "c-1"), Lines.artifact("a-2", "c-1"))
                let requests = try await receiver.wait(for: 2).sorted { $0.sequence < $1.sequence }
                let request = requests[0]
                #expect(request.head.hasPrefix("POST /hook?a=b&c=%20 HTTP/1.1\r\n"))
                #expect(request.header("Host") == "127.0.0.1:\(receiver.port)")
                #expect(request.header("Content-Type") == "application/json")
                #expect(request.header("Content-Length") == "\(request.body.count)")
                #expect(request.header("User-Agent")?.hasPrefix("flock-relay/") == true)
                #expect(request.header("X-Flock-Correlation-Id") == "c-1")
                #expect(request.header("X-Flock-Sequence") == "1")
                #expect(request.header("X-Flock-Artifact-Id") == "a-1")
                #expect(request.header("X-Flock-Attempt") == "1")
                let hash = try await OpenSSL.sha256(Array("c-1\0a-1".utf8))
                #expect(request.header("webhook-id") == "msg_\(hash.prefix(32))")
                let time = request.header("webhook-timestamp").flatMap { Int($0) } ?? 0
                #expect((before...before + 60).contains(time))
                #expect(requests[1].header("X-Flock-Sequence") == "2")
                for request in requests {
                    try await checkSignatures(request, secret: "sécret", key: Array("sécret".utf8))
                }
            }
        }

        @Test func secretsOfStandardWebhooksAreDecoded() async throws {
            let receiver = try await RawReceiver()
            let secret = "whsec_\(Data("sixteen byte key".utf8).base64EncodedString())"
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url(), #","webhook_secret":"\#(secret)""#),
                    Lines.artifact("a-1", "c-1"))
                let request = try await receiver.wait(for: 1)[0]
                try await checkSignatures(request, secret: secret, key: Array("sixteen byte key".utf8))
            }
        }

        @Test func withoutSecretNothingIsSigned() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url(), #","webhook_secret":null"#), Lines.artifact("a-1", "c-1"))
                let request = try await receiver.wait(for: 1)[0]
                #expect(!request.has("X-Flock-Signature"))
                #expect(!request.has("webhook-signature"))
                #expect(request.has("webhook-id"))
                #expect(request.has("webhook-timestamp"))
            }
        }

        @Test func theSecretFileSignsIfTheRegistrationHasNoSecret() async throws {
            let receiver = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let file = "\(directory)/secret"
                #expect(
                    FileManager.default.createFile(
                        atPath: file, contents: Data("from a file\n".utf8), attributes: [.posixPermissions: 0o600]))
                let relay = try RelayProcess(["--secret-file", file], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url("/file")), Lines.artifact("a-1", "c-1"),
                    Lines.registration("c-2", receiver.url("/own"), #","webhook_secret":"own""#),
                    Lines.artifact("a-1", "c-2"))
                try await receiver.wait(for: 2)
                try await checkSignatures(
                    receiver.requests(to: "/file")[0], secret: "from a file", key: Array("from a file".utf8))
                try await checkSignatures(receiver.requests(to: "/own")[0], secret: "own", key: Array("own".utf8))
            }
        }

        @Test func idsArePercentEncoded() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                let correlation = #"c ü%\r\n\u0001X-Evil: 1"#
                try await writer.send(
                    Lines.registration(correlation, receiver.url()), Lines.artifact(#"~!\" \ud83d\udc26"#, correlation))
                let request = try await receiver.wait(for: 1)[0]
                #expect(request.header("X-Flock-Correlation-Id") == "c%20%C3%BC%25%0D%0A%01X-Evil:%201")
                #expect(request.header("X-Flock-Artifact-Id") == #"~!"%20%F0%9F%90%A6"#)
                #expect(!request.has("X-Evil"))
                let hash = try await OpenSSL.sha256(Array("c ü%\r\n\u{1}X-Evil: 1\0~!\" 🐦".utf8))
                #expect(request.header("webhook-id") == "msg_\(hash.prefix(32))")
            }
        }

        @Test func validTraceContextIsForwarded() async throws {
            let receiver = try await RawReceiver()
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url()),
                    Lines.artifact("a-1", "c-1", #","traceparent":"\#(parent)","tracestate":"a=1,b=2""#),
                    Lines.artifact("a-2", "c-1", #","traceparent":"nonsense\r\nX-Evil: 1","tracestate":"a=1""#))
                let requests = try await receiver.wait(for: 2).sorted { $0.sequence < $1.sequence }
                #expect(requests[0].header("traceparent") == parent)
                #expect(requests[0].header("tracestate") == "a=1,b=2")
                #expect(!requests[1].head.contains("nonsense") && !requests[1].has("X-Evil"))
                try await relay.waitForDeliveries(delivered: 2)
                let record = relay.logRecords("delivery.attempted").first { $0.artifact_id.text == "a-1" }
                #expect(record?.trace_id.text == "0af7651916cd43dd8448eb211c80319c")
            }
        }

        @Test func cookiesAreNotSentBack() async throws {
            let receiver = try await RawReceiver { _ in .status(200, ["Set-Cookie": "session=1; Path=/"]) }
            try await RelayProcess.run { relay in
                let writer = try await relay.writer()
                try await writer.send([Lines.registration("c-1", receiver.url(), #","ordering":"ordered""#)])
                try await writer.send(Lines.artifacts(1...3, "c-1"))
                #expect(try await receiver.wait(for: 3).allSatisfy { !$0.has("Cookie") })
            }
        }
    }
}
