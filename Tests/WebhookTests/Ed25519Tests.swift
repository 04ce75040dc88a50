import Testing
import Webhook

@Suite struct Ed25519Tests {
    /// RFC 8032, section 7.1, tests 1 to 3.
    static let vectors: [(seed: String, publicKey: String, message: String, signature: String)] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    @Test("Signatures are those of RFC 8032", arguments: vectors)
    func signs(_ seed: String, _ publicKey: String, _ message: String, _ signature: String) throws {
        let key = try Ed25519PrivateKey(text: KeySample.text("whsk_", hex: seed))
        let message = KeySample.bytes(hex: message)
        let expected = KeySample.bytes(hex: signature)
        #expect(key.publicKey.bytes == KeySample.bytes(hex: publicKey))
        #expect(key.sign(message) == expected)
        #expect(key.publicKey.verify(expected, of: message))
    }

    @Test func aChangedMessageSignatureOrKeyDoesNotVerify() throws {
        let key = try Ed25519PrivateKey(text: KeySample.text("whsk_", hex: Self.vectors[1].seed))
        let other = try Ed25519PrivateKey(text: KeySample.text("whsk_", hex: Self.vectors[2].seed)).publicKey
        let message: [UInt8] = [1, 2, 3]
        let signature = key.sign(message)
        #expect(key.publicKey.verify(signature, of: message))
        #expect(!key.publicKey.verify(signature, of: message + [4]))
        #expect(!key.publicKey.verify(signature, of: []))
        #expect(!key.publicKey.verify(Array(signature.dropLast()), of: message))
        #expect(!key.publicKey.verify(signature + [0], of: message))
        #expect(!key.publicKey.verify([], of: message))
        #expect(!other.verify(signature, of: message))
        for position in signature.indices {
            var changed = signature
            changed[position] ^= 1
            #expect(!key.publicKey.verify(changed, of: message), "byte \(position)")
        }
    }

    @Test func oneKeySignsOnSeveralThreadsAtATime() async throws {
        let key = try Ed25519PrivateKey(text: KeySample.text("whsk_", hex: Self.vectors[0].seed))
        await withTaskGroup(of: Bool.self) { tasks in
            for task in UInt8(0)..<16 {
                tasks.addTask {
                    (UInt8(0)..<50).allSatisfy { key.publicKey.verify(key.sign([task, $0]), of: [task, $0]) }
                }
            }
            for await allVerify in tasks { #expect(allVerify) }
        }
    }

    @Test func aPrivateKeyIsNeverShown() throws {
        let key = try Ed25519PrivateKey(text: KeySample.text("whsk_", hex: Self.vectors[0].seed))
        var dumped = "\(key)"
        dump(key, to: &dumped)
        #expect(!dumped.contains("publicKey") && !dumped.contains("157") && dumped.contains("<redacted>"))
    }
}
