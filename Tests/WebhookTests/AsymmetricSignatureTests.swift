import Domain
import Testing
import TestSupport
import Webhook

@Suite struct AsymmetricSignatureTests {
    private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let other = "v1a," + String(repeating: "A", count: 86) + "=="

    private func key() throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(
            text: KeySample.text("whsk_", hex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    }

    private func verify(
        _ header: String, id: String = id, time: Int64 = 1_614_265_330, body: [UInt8] = body
    ) throws -> Bool {
        AsymmetricSignature.verify(header, id: id, timestamp: time, body: body, key: try key().publicKey)
    }

    @Test func aSignatureCoversIDTimeAndBody() throws {
        let header = AsymmetricSignature.sign(id: Self.id, timestamp: 1_614_265_330, body: Self.body, key: try key())
        // Computed by the Python package cryptography.
        #expect(
            header == "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw==")
        #expect(try verify(header))
        #expect(try verify("v1,AAAA \(Self.other) v1a,? \(header) v2,x"))
        #expect(try !verify(header, id: Self.id + "x"))
        #expect(try !verify(header, time: 1_614_265_331))
        #expect(try !verify(header, body: Self.body + [0x20]))
        #expect(try !verify("v1" + header.dropFirst(3)))
        #expect(try !verify(String(header.dropLast(4))))
        #expect(try !verify(Self.other))
        #expect(try !verify(""))
        #expect(try !verify("v1a,"))
    }

    @Test func aHeaderWithoutV1aHasNone() {
        #expect(!AsymmetricSignature.isPresent(in: ""))
        #expect(!AsymmetricSignature.isPresent(in: "v1,AAAA"))
        #expect(AsymmetricSignature.isPresent(in: "v1,AAAA v1a,"))
    }

    private func request(secret: String?) throws -> [String: String] {
        let delivery = try Sample.delivery(
            1, of: "w-1", artifact: "a-1", registration: try Sample.registration("w-1", secret: secret))
        let request = WebhookRequest.make(
            delivery, to: [], through: nil, attempt: 1, timeout: .seconds(1),
            now: WallTime(microseconds: 1_614_265_330_999_999), signedBy: try key())
        return Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name.lowercased(), $0.value) })
    }

    @Test func aRequestHasTheSignatureOfTheKeyAfterThatOfTheSecret() throws {
        let delivery = try Sample.delivery(1, of: "w-1", artifact: "a-1")
        let withoutKey = WebhookRequest.make(
            delivery, to: [], through: nil, attempt: 1, timeout: .seconds(1), now: WallTime(microseconds: 0))
        #expect(!withoutKey.headers.contains { $0.name.lowercased() == "webhook-signature" })

        let unsigned = try request(secret: nil)
        let alone = try #require(unsigned["webhook-signature"])
        let id = try #require(unsigned["webhook-id"])
        #expect(alone.split(separator: " ").map { $0.prefix(4) } == ["v1a,"])
        #expect(try verify(alone, id: id, body: delivery.body))
        #expect(unsigned["x-flock-signature"] == nil)

        let signed = try request(secret: "s3cret")
        let both = try #require(signed["webhook-signature"])
        #expect(both.split(separator: " ").map { $0.prefix(3) } == ["v1,", "v1a"])
        #expect(try verify(both, id: id, body: delivery.body))
        let secret = try #require(WebhookSecret(validating: "s3cret"))
        #expect(
            StandardWebhooksSignature(secret: secret)
                .verify(both, id: id, timestamp: 1_614_265_330, body: delivery.body))
        #expect(signed["x-flock-signature"] != nil)
    }
}
