import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// `signing-key-file`: every request also carries an Ed25519 signature, which `openssl` verifies.
    @Suite struct SigningKeyTests {
        private static let started = "Requests are signed with Ed25519"
        private static let ended =
            "Requests are no longer signed with Ed25519; deliveries without a secret are sent unsigned"

        private func versions(_ request: RawRequest) -> [String]? {
            request.header("webhook-signature")?.split(separator: " ").map { String($0.prefix { $0 != "," }) }
        }

        /// A relay that signs with a new key.
        private func withKey(_ body: (RelayProcess, OpenSSLKeyPair, String) async throws -> Void) async throws {
            try await TemporaryDirectory.with { directory in
                let keys = try await OpenSSLKeyPair(in: directory)
                let relay = try RelayProcess(["--signing-key-file", keys.privateKey], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                try await body(relay, keys, directory)
            }
        }

        @Test func everyRequestIsSignedWithAndWithoutASecret() async throws {
            let receiver = try await RawReceiver()
            try await withKey { relay, keys, directory in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url("/signed"), #","webhook_secret":"s""#),
                    Lines.artifact("a-1", "c-1", payload: #"{"é":1.0}"#),
                    Lines.registration("c-2", receiver.url("/unsigned")), Lines.artifact("a-1", "c-2"))
                try await receiver.wait(for: 2)
                let signed = receiver.requests(to: "/signed")[0]
                let unsigned = receiver.requests(to: "/unsigned")[0]
                #expect(versions(signed) == ["v1", "v1a"] && signed.has("X-Flock-Signature"))
                #expect(versions(unsigned) == ["v1a"] && !unsigned.has("X-Flock-Signature"))
                #expect(try await keys.verifies(signed))
                #expect(try await keys.verifies(unsigned))
                let other = try await OpenSSLKeyPair(in: directory, name: "other")
                #expect(try await !other.verifies(unsigned))
                let record = relay.logRecords(Self.started)
                #expect(record.count == 1 && record.first?.public_key.text == keys.text)
            }
        }

        /// The key belongs to the relay, not to the delivery: an attempt is signed with the key that the relay has then.
        @Test func aReloadAppliesTheKeyToDeliveriesThatWereAcceptedBefore() async throws {
            let receiver = try await RawReceiver { request in
                request.target != "/signed" || request.has("webhook-signature") ? .ok : .status(500)
            }
            try await TemporaryDirectory.with { directory in
                let one = try await OpenSSLKeyPair(in: directory, name: "one")
                let two = try await OpenSSLKeyPair(in: directory, name: "two")
                let config = "\(directory)/config.json"
                try configure(nil, in: config)
                let relay = try RelayProcess(["--config", config], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url("/signed")), Lines.artifact("a-1", "c-1"))
                #expect(versions(try await receiver.wait(for: 1, to: "/signed")[0]) == nil)

                try await reload(relay, with: one, in: config)
                try await relay.waitForDeliveries(delivered: 1)
                let retried = try #require(receiver.requests(to: "/signed").last)
                #expect(retried.attempt > 1 && versions(retried) == ["v1a"])
                #expect(try await one.verifies(retried))

                try await reload(relay, with: two, in: config)
                try await writer.send(Lines.registration("c-2", receiver.url("/two")), Lines.artifact("a-1", "c-2"))
                #expect(try await two.verifies(try await receiver.wait(for: 1, to: "/two")[0]))

                try await reload(relay, with: nil, in: config)
                try await writer.send(Lines.registration("c-3", receiver.url("/none")), Lines.artifact("a-1", "c-3"))
                #expect(versions(try await receiver.wait(for: 1, to: "/none")[0]) == nil)
                #expect(relay.logRecords(Self.started).map { $0.public_key.text } == [one.text, two.text])
                #expect(relay.logRecords(Self.ended).count == 1)
            }
        }

        private func configure(_ key: OpenSSLKeyPair?, in file: String) throws {
            let setting = key.map { #""signing-key-file":"\#($0.privateKey)","# } ?? ""
            let text = #"{\#(setting)"retry":{"max-retries":100,"base-delay":"100ms","multiplier":1}}"#
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }

        private func reload(_ relay: RelayProcess, with key: OpenSSLKeyPair?, in file: String) async throws {
            let message = "Configuration reloaded"
            let before = relay.logRecords(message).count
            try configure(key, in: file)
            relay.send(SIGHUP)
            try await eventually("the configuration is reloaded") { relay.logRecords(message).count > before }
        }

        @Test func aBadKeyAtAReloadKeepsTheCurrentOne() async throws {
            let receiver = try await RawReceiver()
            try await withKey { relay, keys, _ in
                try Data("whsec_AAECAwQ=".utf8).write(to: URL(fileURLWithPath: keys.privateKey))
                relay.send(SIGHUP)
                let message = "Cannot reload the configuration; keeping the current one"
                try await eventually("the log says so") { !relay.logRecords(message).isEmpty }
                let error = relay.logRecords(message).first?.error.text ?? ""
                #expect(error.hasPrefix("signing-key-file (command line): \(keys.privateKey): "), "\(error)")
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()), Lines.artifact("a-1", "c-1"))
                #expect(try await keys.verifies(try await receiver.wait(for: 1)[0]))
                #expect(!relay.log.contains("AAECAwQ"))
            }
        }

        @Test(arguments: [("", 0o600), ("KEY", 0o604), ("whsk_!", 0o600), ("whsec_AAECAwQ=", 0o600)])
        func aBadKeyStopsTheStart(contents: String, mode: Int) async throws {
            try await TemporaryDirectory.with { directory in
                let path = "\(directory)/key"
                #expect(
                    FileManager.default.createFile(
                        atPath: path, contents: Data(contents.utf8), attributes: [.posixPermissions: mode]))
                for command in ["serve", "check-config", "public-key"] {
                    let result = try await Binary.run(command, "--signing-key-file", path)
                    #expect(result.exit == .code(78))
                    #expect(
                        result.error.contains("signing-key-file (command line): \(path)"), "\(command): \(result.error)"
                    )
                }
            }
        }

        @Test func publicKeyPrintsWhatReceiversNeed() async throws {
            try await TemporaryDirectory.with { directory in
                let keys = try await OpenSSLKeyPair(in: directory)
                let printed = try await Binary.run("public-key", "--signing-key-file", keys.privateKey)
                #expect(printed.exit == .code(0) && printed.output == "\(keys.text)\n" && printed.error.isEmpty)
                let environment = [
                    "FLOCK_RELAY_SIGNING_KEY_FILE": keys.privateKey, "FLOCK_RELAY_SECRET_FILE": "/nowhere",
                ]
                let other = try await Binary.run("public-key", environment: environment)
                #expect(other.output == printed.output, "\(other.error)")

                let set = try await Binary.run("public-key", "--jwks", "--signing-key-file", keys.privateKey)
                let jwks = try JSON(parsing: set.output.utf8)
                let x = keys.text.dropFirst(5).replacing("+", with: "-").replacing("/", with: "_").replacing(
                    "=", with: "")
                #expect(set.output.contains(#""kty":"OKP","crv":"Ed25519","x":"\#(x)""#), "\(jwks)")
                let input = Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#.utf8)
                let hash = try await OpenSSL.sha256(input)
                let kid = Self.base64URL(hex: hash)
                #expect(set.output.contains(#""kid":"\#(kid)""#), "RFC 7638: \(set.output)")

                let none = try await Binary.run("public-key")
                #expect(none.exit == .code(78) && none.error.contains("signing-key-file is not set"), "\(none.error)")
                #expect(none.error.contains("openssl genpkey"))
            }
        }

        private static func base64URL(hex: String) -> String {
            let digits = Array(hex)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...($0 + 1)]), radix: 16)
            }
            return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }

        @Test func verifyChecksBothKindsOfOneRequest() async throws {
            let receiver = try await RawReceiver()
            try await withKey { relay, keys, directory in
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", receiver.url(), #","webhook_secret":"s""#), Lines.artifact("a-1", "c-1"))
                let request = try await receiver.wait(for: 1)[0]
                let signature = try #require(request.header("webhook-signature"))
                let covered = [
                    "--id", try #require(request.header("webhook-id")), "--timestamp",
                    try #require(request.header("webhook-timestamp")),
                ]
                func verify(_ arguments: [String], body: [UInt8]? = nil) async throws -> Binary.Result {
                    try await Binary.run(Binary.path, ["verify"] + arguments, input: body ?? request.body)
                }
                for key in [keys.text, keys.publicKey] {
                    let given = ["--public-key", key, "--signature", signature] + covered
                    #expect(try await verify(given).exit == .code(0))
                    #expect(try await verify(given + ["--secret", "s"]).exit == .code(0))
                    #expect(try await verify(given, body: request.body + [0x20]).exit == .code(1))
                    let wrong = try await verify(given + ["--secret", "t"])
                    #expect(wrong.exit == .code(1) && wrong.error.contains("no valid v1 signature;"), "\(wrong.error)")
                }
                let secret = ["--secret", "s", "--signature", signature]
                #expect(try await verify(secret + covered).exit == .code(0))
                let other = try await OpenSSLKeyPair(in: directory, name: "other")
                let forged = try await verify(
                    ["--public-key", other.text, "--secret", "s", "--signature", signature] + covered)
                #expect(forged.exit == .code(1) && forged.error.contains("no valid v1a signature;"), "\(forged.error)")

                let bad: [(arguments: [String], says: String)] = [
                    (secret, "give --id and --timestamp"), (["--signature", signature] + covered, "--public-key"),
                    (["--public-key", keys.text, "--signature", "sha256=00"], "webhook-signature"),
                    (["--public-key", keys.privateKey, "--signature", signature] + covered, "private key"),
                    (["--public-key", "/nowhere", "--signature", signature] + covered, "cannot be read"),
                    (["--public-key", "whpk_AAAA", "--signature", signature] + covered, "base64 of 32 bytes"),
                ]
                for (arguments, says) in bad {
                    let result = try await verify(arguments)
                    #expect(result.exit == .code(64) && result.error.contains(says), "\(arguments): \(result.error)")
                }
            }
        }

        @Test func listenChecksBothKinds() async throws {
            try await TemporaryDirectory.with { directory in
                let keys = try await OpenSSLKeyPair(in: directory)
                let listener = try await ListenProcess(["--secret", "s", "--public-key", keys.text], in: directory)
                defer { listener.process.end() }
                let address = try listener.address
                let relay = try RelayProcess(["--signing-key-file", keys.privateKey], in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("c-1", address, #","webhook_secret":"s""#), Lines.artifact("a1", "c-1"),
                    Lines.registration("c-2", address, #","webhook_secret":"t""#), Lines.artifact("a1", "c-2"))
                try await eventually("listen shows both") {
                    listener.text.contains(" c-1:") && listener.text.contains(" c-2:")
                }
                let lines = listener.text.split(separator: "\n")
                #expect(
                    lines.contains {
                        $0.contains(" c-1:") && $0.contains("both signatures valid, Ed25519 signature valid")
                    },
                    "\(listener.text)")
                #expect(
                    lines.contains {
                        $0.contains(" c-2:") && $0.contains("X-Flock-Signature invalid")
                            && $0.contains("Ed25519 signature valid")
                    }, "\(listener.text)")
            }
        }
    }
}
