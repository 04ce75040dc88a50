import Domain
import TestSupport
import Testing
import Webhook

@Suite struct WebhookRequestTests {
    private static let now = WallTime(microseconds: 1_614_265_330_999_999)
    private static let addresses = [IPAddress.v4(IPv4Address(bits: 0x0808_0808))]
    private static let proxy = ProxyEndpoint(address: addresses[0], port: 3_128)
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"

    @Test func aRequestWithASecretHasBothSignatures() throws {
        let registration = try Sample.registration("w-1", url: "https://h.example:8443/x?y", secret: "s3cret")
        let delivery = try Sample.delivery(
            9, of: "w-1", artifact: "a-1", sequence: 4, registration: registration, body: #"{"a":1.0}"#)
        let request = WebhookRequest.make(
            delivery, to: Self.addresses, through: Self.proxy, attempt: 2,
            trace: TraceContext(parent: Self.parent, state: "v=1"), timeout: .seconds(10), now: Self.now)
        #expect(request.addresses == Self.addresses && request.proxy == Self.proxy)
        #expect(request.timeout == .seconds(10))
        #expect(request.url.text == "https://h.example:8443/x?y")
        #expect(request.body == Array(#"{"a":1.0}"#.utf8))
        #expect(
            headers(request) == [
                "content-type": "application/json", "user-agent": "flock-relay/\(RelayVersion.current)",
                "x-flock-signature": "sha256=ecde627d88ebf6bc93bbbc8a4a2117b5732627dcdafb7ad2704f9ef0be0e6e1c",
                "x-flock-correlation-id": "w-1", "x-flock-sequence": "4", "x-flock-artifact-id": "a-1",
                "x-flock-attempt": "2", "webhook-id": "msg_3185237c56a906cc4f7dcffd8cb9199a",
                "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,JncP3wZ8VnluSKzpyQJroIMct7yPT9JOdUvwyw70W+s=", "traceparent": Self.parent,
                "tracestate": "v=1",
            ])
    }

    /// The first secret alone signs `X-Flock-Signature`, because that header has one value.
    @Test func everySecretSigns() throws {
        func signed(by secrets: [String]) throws -> [String: String] {
            let plain = try Sample.registration("w-1")
            let registration = Registration(
                id: plain.id, correlationID: plain.correlationID, url: plain.url,
                secrets: secrets.compactMap(WebhookSecret.init(validating:)), ordering: .parallel, format: .flat,
                maxRetries: 3)
            return headers(
                WebhookRequest.make(
                    try Sample.delivery(1, of: "w-1", registration: registration), to: Self.addresses, through: nil,
                    attempt: 1, timeout: .seconds(1), now: Self.now))
        }
        let old = try signed(by: ["old"])
        let new = try signed(by: ["new"])
        let both = try signed(by: ["new", "old"])
        #expect(both["x-flock-signature"] == new["x-flock-signature"])
        let signatures = [new["webhook-signature"], old["webhook-signature"]].compactMap { $0 }
        #expect(Set(signatures).count == 2 && both["webhook-signature"] == signatures.joined(separator: " "))
    }

    @Test func withoutASecretOnlyTheSignaturesAreMissing() throws {
        let delivery = try Sample.delivery(1, of: "w-1", artifact: "a-1")
        let request = WebhookRequest.make(
            delivery, to: Self.addresses, through: nil, attempt: 1, timeout: .seconds(1), now: Self.now)
        #expect(
            Set(headers(request).keys) == [
                "content-type", "user-agent", "x-flock-correlation-id", "x-flock-sequence", "x-flock-artifact-id",
                "x-flock-attempt", "webhook-id", "webhook-timestamp",
            ])
        #expect(headers(request)["webhook-id"] == "msg_3185237c56a906cc4f7dcffd8cb9199a")
    }

    @Test func everyAttemptHasTheSameMessageIDAndANewTimeAndSignature() throws {
        let registration = try Sample.registration(secret: "whsec_AAECAwQ=")
        let delivery = try Sample.delivery(1, registration: registration)
        let first = headers(
            WebhookRequest.make(
                delivery, to: Self.addresses, through: nil, attempt: 1, timeout: .seconds(1), now: Self.now))
        let second = headers(
            WebhookRequest.make(
                delivery, to: Self.addresses, through: nil, attempt: 2, timeout: .seconds(1),
                now: Self.now + .seconds(2)))
        let changed = first.keys.filter { first[$0] != second[$0] }
        #expect(Set(changed) == ["x-flock-attempt", "webhook-timestamp", "webhook-signature"])
        #expect(second["webhook-timestamp"] == "1614265332")
    }

    static let encoded: [(id: String, header: String)] = [
        ("plain-1_2.3~", "plain-1_2.3~"), ("!\"#$&'()*+,/:;<=>?@[\\]^`{|}", "!\"#$&'()*+,/:;<=>?@[\\]^`{|}"),
        ("100%", "100%25"), ("%41", "%2541"), ("a b", "a%20b"), ("a\r\nX: y", "a%0D%0AX:%20y"), ("\u{0}", "%00"),
        ("\t\u{7F}", "%09%7F"), ("fl\u{F6}ck", "fl%C3%B6ck"), ("\u{1F426}", "%F0%9F%90%A6"), ("", ""),
    ]

    @Test("Ids in headers are percent-encoded outside 0x21 to 0x7E, and % is encoded, too", arguments: encoded)
    func encodes(_ id: String, _ header: String) throws {
        #expect(PercentEncoding.encodeHeaderValue(id) == header)
        let delivery = try Sample.delivery(1, of: id, artifact: id + "x")
        let made = headers(
            WebhookRequest.make(
                delivery, to: Self.addresses, through: nil, attempt: 1, timeout: .seconds(1), now: Self.now))
        #expect(made["x-flock-correlation-id"] == header)
        #expect(made["x-flock-artifact-id"] == header + "x")
    }

    /// Headers by lower-case name; traps if a name occurs twice.
    private func headers(_ request: OutgoingRequest) -> [String: String] {
        Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name.lowercased(), $0.value) })
    }
}
