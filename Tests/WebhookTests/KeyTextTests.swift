import Testing
import Webhook

@Suite struct KeyTextTests {
    private static let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    private static let publicHalf = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    private static let otherHalf = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    private static let whpk = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    /// RFC 8410, section 10.3 and 10.1.
    private static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----

        """
    private static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----

        """
    private static let whpkOfPEM = "whpk_Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    /// An X25519 key, which cannot sign (RFC 8410).
    private static let agreementPEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
        """

    static let privateKeys: [(text: String, publicKey: String)] = [
        (KeySample.text("whsk_", hex: seed), whpk), (KeySample.text("whsk_", hex: seed + publicHalf), whpk),
        (" \n" + KeySample.text("whsk_", hex: seed) + "\r\n", whpk),
        (KeySample.text("whsk_", hex: seed).replacing("=", with: ""), whpk), (privatePEM, whpkOfPEM),
        (privatePEM.replacing("\n", with: "\r\n"), whpkOfPEM),
    ]

    @Test("A private key is read from PKCS #8 and from whsk_", arguments: privateKeys)
    func privateKey(_ text: String, _ publicKey: String) throws {
        #expect(try Ed25519PrivateKey(text: text).publicKey.text == publicKey)
    }

    static let noPrivateKeys: [(text: String, problem: String)] = [
        ("", "there is no private key"), ("s3cret", "there is no private key"), (whpk, "there is a public key (whpk_)"),
        ("whsec_AAECAwQ=", "belongs in secret-file"), (publicPEM, "there is a public key instead"),
        ("whsk_", "base64 of 32 bytes"), ("whsk_!", "base64 of 32 bytes"), ("whsk_AAECAwQ=", "base64 of 32 bytes"),
        ("whsk_AAEC=AwQ", "base64 of 32 bytes"), (KeySample.text("whsk_", hex: seed + "00"), "base64 of 32 bytes"),
        (KeySample.text("whsk_", hex: seed + otherHalf), "does not belong to the seed"),
        (privatePEM + privatePEM, "several PEM blocks"), (privatePEM + publicPEM, "several PEM blocks"),
        (agreementPEM, "another algorithm"), (privatePEM.replacing("MC4C", with: "MC5C"), "damaged"),
        (privatePEM.replacing("PRIVATE", with: "ENCRYPTED PRIVATE"), "has a passphrase"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "damaged, or not PKCS #8"),
        ("-----BEGIN ", "there is no private key"), ("-----BEGIN PRIVATE KEY-----", "damaged"),
    ]

    @Test("A text without a usable private key is rejected, and the message says why", arguments: noPrivateKeys)
    func noPrivateKey(_ text: String, _ problem: String) {
        let error = #expect(throws: KeyTextError.self) { try Ed25519PrivateKey(text: text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("AAEC") == false)
    }

    static let publicKeys: [(text: String, publicKey: String)] = [
        (whpk, whpk), ("\(whpk)\n", whpk), (whpk.replacing("=", with: ""), whpk), (publicPEM, whpkOfPEM),
    ]

    @Test("A public key is read from whpk_ and from PEM", arguments: publicKeys)
    func publicKey(_ text: String, _ publicKey: String) throws {
        #expect(try Ed25519PublicKey(text: text).text == publicKey)
    }

    static let noPublicKeys: [(text: String, problem: String)] = [
        ("", "there is no Ed25519 public key"), ("whpk_", "there is no Ed25519 public key"),
        ("whpk_AAECAwQ=", "there is no Ed25519 public key"), (KeySample.text("whsk_", hex: seed), "a private key"),
        (privatePEM, "a private key"), ("whsec_AAECAwQ=", "there is no Ed25519 public key"),
        (publicPEM.replacing("K2Vw", with: "K2Vu"), "there is no Ed25519 public key"),
        (publicPEM.replacing("MCow", with: "MCox"), "there is no Ed25519 public key"),
    ]

    @Test("A text without a usable public key is rejected, and the message says why", arguments: noPublicKeys)
    func noPublicKey(_ text: String, _ problem: String) {
        let error = #expect(throws: KeyTextError.self) { try Ed25519PublicKey(text: text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    /// RFC 8037, appendix A.2 and A.3.
    @Test func aKeySetHasTheKeyAndItsThumbprint() throws {
        let key = try Ed25519PublicKey(text: Self.whpk)
        #expect(
            JSONWebKey.set(of: key)
                == #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","#
                + #""kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","alg":"EdDSA","use":"sig"}]}"#)
    }
}
