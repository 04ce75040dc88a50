import Domain
import Testing
import Webhook

@Suite struct SignatureTests {
    static let flock: [(secret: String, body: String, header: String)] = [
        ("s3cret", #"{"a":1.0}"#, "sha256=ecde627d88ebf6bc93bbbc8a4a2117b5732627dcdafb7ad2704f9ef0be0e6e1c"),
        ("s3cret", "", "sha256=91dfac70c5348b04e1babb8b421ac92cec08b565b49ca16130dccb72503647b7"),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", #"{"test": 2432232314}"#,
            "sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"
        ),
    ]

    @Test("X-Flock-Signature always uses the secret as written", arguments: flock)
    func flockSignature(_ secret: String, _ body: String, _ header: String) throws {
        let secret = try #require(WebhookSecret(validating: secret))
        #expect(FlockSignature.sign(body: Array(body.utf8), secret: secret) == header)
        #expect(FlockSignature.verify(header, body: Array(body.utf8), secret: secret))
        #expect(!FlockSignature.verify(header, body: Array((body + " ").utf8), secret: secret))
        #expect(!FlockSignature.verify(String(header.dropLast()), body: Array(body.utf8), secret: secret))
        #expect(!FlockSignature.verify(String(header.dropFirst(7)), body: Array(body.utf8), secret: secret))
        #expect(!FlockSignature.verify("", body: Array(body.utf8), secret: secret))
        let other = try #require(WebhookSecret(validating: "other"))
        #expect(!FlockSignature.verify(header, body: Array(body.utf8), secret: other))
    }

    static let standard: [(secret: String, id: String, timestamp: Int64, body: String, header: String)] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330,
            #"{"test": 2432232314}"#, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        ),
        (
            "s3cret", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, #"{"test": 2432232314}"#,
            "v1,+ovFnGFuIqjGihpeGWWpQI81Q0lhpDv9t/URyHZUADQ="
        ),
        ("sch\u{FC}ssel", "id", 1, "", "v1,3uroqUKjuvOWqI15T6a1IB2yKIJ3QnipujtvHBti94w="),
    ]

    @Test("A Standard Webhooks signature covers id, time and body, with the decoded key", arguments: standard)
    func standardWebhooks(_ secret: String, _ id: String, _ time: Int64, _ body: String, _ header: String) throws {
        let signature = StandardWebhooksSignature(secret: try #require(WebhookSecret(validating: secret)))
        let body = Array(body.utf8)
        #expect(signature.sign(id: id, timestamp: time, body: body) == header)
        #expect(signature.verify(header, id: id, timestamp: time, body: body))
        #expect(signature.verify("v1,AAAA v1a,BBBB \(header)", id: id, timestamp: time, body: body))
        #expect(!signature.verify(header, id: id, timestamp: time + 1, body: body))
        #expect(!signature.verify(header, id: id + "x", timestamp: time, body: body))
        #expect(!signature.verify(header, id: id, timestamp: time, body: body + [0x20]))
        #expect(!signature.verify("v2" + header.dropFirst(2), id: id, timestamp: time, body: body))
        #expect(!signature.verify("", id: id, timestamp: time, body: body))
    }

    static let messages: [(workflow: String, artifact: String, id: String)] = [
        ("w-1", "a-1", "msg_3185237c56a906cc4f7dcffd8cb9199a"),
        ("w-", "1a-1", "msg_5f555c1a56142081d0c4a74740796e76"),
        ("fl\u{F6}ck", "\u{E9}", "msg_19e382e616de1a05291eb2e60ecb7abd"),
        ("fl\u{F6}ck", "e\u{301}", "msg_d9c7ccb0a410992c01c69761da670751"),
    ]

    @Test("webhook-id depends on the bytes of the workflow id and the artifact id", arguments: messages)
    func messageID(_ workflow: String, _ artifact: String, _ id: String) {
        let made = WebhookMessageID.make(correlationID: CorrelationID(workflow), artifactID: ArtifactID(artifact))
        #expect(made == id)
    }
}
