import Domain
import Testing

@Suite struct WebhookSecretTests {
    @Test(
        "A secret without whsec_ is used as the key, byte for byte",
        arguments: ["s", "s3cret", "schl\u{FC}ssel", " ", "WHSEC_x", "whsec"])
    func plain(_ text: String) throws {
        let secret = try #require(WebhookSecret(validating: text))
        #expect(secret.text == text)
        #expect(secret.standardWebhooksKey == Array(text.utf8))
    }

    @Test(
        "The base64 behind whsec_ is decoded as the key; padding is optional",
        arguments: ["whsec_AAECAwQ=", "whsec_AAECAwQ"])
    func decoded(_ text: String) throws {
        let secret = try #require(WebhookSecret(validating: text))
        #expect(secret.text == text)
        #expect(secret.standardWebhooksKey == [0, 1, 2, 3, 4])
    }

    @Test(
        "An empty or undecodable secret is rejected",
        arguments: ["", "whsec_", "whsec_*", "whsec_A", "whsec_=", "whsec_AAE=CAwQ", "whsec_AAE CAwQ=", "whsec_-_8="])
    func rejected(_ text: String) { #expect(WebhookSecret(validating: text) == nil) }

    @Test func descriptionsNeverShowTheSecret() throws {
        let secret = try #require(WebhookSecret(validating: "visible-nowhere"))
        let registration = Registration(
            id: RegistrationID(1), correlationID: CorrelationID("w"), url: try WebhookURL("https://h.example/"),
            secrets: [secret],
            ordering: .parallel, format: .flat, maxRetries: 3)
        var dumped = ""
        dump(registration, to: &dumped)
        for shown in ["\(secret)", "\(String(reflecting: secret))", "\(registration)", dumped] {
            #expect(!shown.contains("visible-nowhere"))
        }
        #expect("\(secret)" == "<redacted>")
    }
}
