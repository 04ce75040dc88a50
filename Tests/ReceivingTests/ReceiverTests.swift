import Domain
import NIOCore
import NIOPosix
import Receiving
import Synchronization
import TestSupport
import Testing
import Webhook

@Suite struct ReceiverTests {
    private static let body = #"{"a":1.0}"#
    private static let flock =
        "X-Flock-Signature: sha256=ecde627d88ebf6bc93bbbc8a4a2117b5732627dcdafb7ad2704f9ef0be0e6e1c"
    private static let standard = [
        "webhook-id: msg_3185237c56a906cc4f7dcffd8cb9199a", "webhook-timestamp: 1614265330",
        "webhook-signature: v1,JncP3wZ8VnluSKzpyQJroIMct7yPT9JOdUvwyw70W+s=",
    ]

    static let signatures:
        [(
            secret: String?, headers: [String], flock: ReceivedWebhook.Verification,
            standard: ReceivedWebhook.Verification
        )] = [
            ("s3cret", [flock] + standard, .valid, .valid), ("s3cret", [flock], .valid, .missing),
            ("s3cret", standard, .missing, .valid), ("s3cret", [], .missing, .missing),
            ("other", [flock] + standard, .invalid, .invalid), (nil, [flock] + standard, .unchecked, .unchecked),
            ("s3cret", ["x-flock-SIGNATURE: sha256=00"], .invalid, .missing),
            ("s3cret", [standard[0], standard[2]], .missing, .invalid),
            ("s3cret", [standard[0], "webhook-timestamp: soon", standard[2]], .missing, .invalid),
        ]

    @Test("Signatures are verified over the raw body", arguments: signatures)
    func verifiesSignatures(
        _ secret: String?, _ headers: [String], _ flock: ReceivedWebhook.Verification,
        _ standard: ReceivedWebhook.Verification
    ) async throws {
        let received = try await with(secret: secret) { port in
            let response = try await HTTPExchange.send(Self.post(headers), port: port)
            #expect(HTTPExchange.status(response) == 200)
        }
        try #require(received.count == 1)
        #expect(received[0].flockSignature == flock)
        #expect(received[0].standardSignature == standard)
        #expect(received[0].body == Array(Self.body.utf8))
        #expect(received[0].path == "/hook?x")
        #expect(received[0].header("x-custom") == "1")
    }

    private static let publicKey = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    /// Computed by the Python package cryptography.
    private static let asymmetric =
        "v1a,zkqPMErLF1W69CabfakAqUZkA1WQ21I1gdbanfsU4186OQSj6jUG3LcCATAasom4AJ3pWrUFWmuCWSS/Cw0jBQ=="

    static let asymmetricSignatures: [(key: String?, signature: String?, verification: ReceivedWebhook.Verification)] =
        [
            (publicKey, asymmetric, .valid), (publicKey, "v1,AAAA \(asymmetric)", .valid),
            (publicKey, "v1,AAAA", .missing),
            (publicKey, nil, .missing), (publicKey, "v1a,AAAA", .invalid), (publicKey, "v1a,", .invalid),
            (nil, asymmetric, .unchecked),
        ]

    @Test("Ed25519 signatures are verified with a public key", arguments: asymmetricSignatures)
    func verifiesAsymmetricSignatures(
        _ key: String?, _ signature: String?, _ verification: ReceivedWebhook.Verification
    ) async throws {
        let headers = Self.standard.prefix(2) + (signature.map { ["webhook-signature: \($0)"] } ?? [])
        let received = try await with(publicKey: key) { port in
            _ = try await HTTPExchange.send(Self.post(Array(headers)), port: port)
        }
        try #require(received.count == 1)
        #expect(received[0].asymmetricSignature == verification)
        #expect(received[0].standardSignature == .unchecked)
    }

    @Test func failuresCountTheAttemptsOfOneMessage() async throws {
        let received = try await with(act: { _, seen in seen < 1 ? .answer(503) : .succeed }) { port in
            var statuses: [Int?] = []
            for id in ["one", "one", "two", "one"] {
                let request = Self.post(["webhook-id: \(id)"])
                statuses.append(HTTPExchange.status(try await HTTPExchange.send(request, port: port)))
            }
            #expect(statuses == [503, 200, 503, 200])
        }
        #expect(received.map(\.seenBefore) == [0, 1, 0, 2])
        #expect(received.map(\.act) == [.answer(503), .succeed, .answer(503), .succeed])
    }

    @Test func requestsOtherThanPOSTAreIgnored() async throws {
        let received = try await with { port in
            let request = "GET /hook HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            let response = try await HTTPExchange.send(request, port: port)
            #expect(HTTPExchange.status(response) == 405)
        }
        #expect(received.isEmpty)
    }

    private static func post(_ headers: [String]) -> String {
        let lines = [
            "POST /hook?x HTTP/1.1", "Host: h", "Connection: close", "X-Custom: 1",
            "Content-Length: \(body.utf8.count)",
        ]
        return (lines + headers).map { $0 + "\r\n" }.joined() + "\r\n" + body
    }

    private func with(
        secret: String? = nil, publicKey: String? = nil, act: @escaping Receiver.Act = { _, _ in .succeed },
        _ body: (Int) async throws -> Void
    ) async throws -> [ReceivedWebhook] {
        let received = Received()
        let receiver = Receiver(
            secret: secret.flatMap(WebhookSecret.init(validating:)),
            publicKey: try publicKey.map { try Ed25519PublicKey(text: $0) }, act: act
        ) { webhook in
            received.all.withLock { $0.append(webhook) }
        }
        let channel = try await receiver.start(port: 0, group: .singletonMultiThreadedEventLoopGroup)
        try await body(try #require(channel.localAddress?.port))
        try await channel.close()
        return received.all.withLock { $0 }
    }

    private final class Received: Sendable {
        let all = Mutex<[ReceivedWebhook]>([])
    }
}
