import Foundation
import Settings
import TestSupport
import Testing
import Webhook

@Suite struct SigningKeyFileTests {
    private static let key = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
    private static let publicKey = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

    @Test(arguments: [key, key + "\n", "\u{FEFF}\(key)\r\n"])
    func aKeyIsReadFromEverySource(_ text: String) async throws {
        try await with(text, mode: 0o600) { path in
            let all = [
                try await SettingsHarness.read(commandLine: ["signing-key-file": path]),
                try await SettingsHarness.read(environment: ["FLOCK_RELAY_SIGNING_KEY_FILE": path]),
                try await SettingsHarness.read(file: #"{"signing-key-file":"\#(path)"}"#),
            ]
            #expect(all.map { $0.signingKey?.publicKey.text } == [Self.publicKey, Self.publicKey, Self.publicKey])
        }
    }

    static let problems: [(text: String, problem: String)] = [
        ("", "openssl genpkey"), ("s3cret", "openssl genpkey"), ("whsec_AAECAwQ=", "secret-file"),
        ("whsk_AAECAwQ=", "base64 of 32 bytes"), ("whpk_AAECAwQ=", "public key"),
    ]

    @Test(
        "A file without a usable key is rejected, with the setting, its source and what to write", arguments: problems)
    func rejects(_ text: String, _ expected: String) async throws {
        try await with(text, mode: 0o600) { path in
            let problem = await SettingsHarness.problem(environment: ["FLOCK_RELAY_SIGNING_KEY_FILE": path])
            #expect(problem.hasPrefix("signing-key-file (environment): \(path): "), "\(problem)")
            #expect(problem.contains(expected) && !problem.contains("AAEC"), "\(problem)")
        }
    }

    static let modes: [(mode: Int, isUsed: Bool)] = [
        (0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o604, false), (0o602, false), (0o601, false),
    ]

    @Test("A key file that other users can read is rejected", arguments: modes)
    func permissions(_ mode: Int, _ isUsed: Bool) async throws {
        try await with(Self.key, mode: mode) { path in
            let problem = await SettingsHarness.problem(commandLine: ["signing-key-file": path])
            #expect(problem.isEmpty == isUsed, "\(problem)")
            #expect(
                isUsed
                    || problem
                        == "signing-key-file (command line): \(path) is readable by others; run: chmod o= \(path)"
            )
        }
    }

    @Test func aMissingFileIsRejected() async {
        let problem = await SettingsHarness.problem(commandLine: ["signing-key-file": "/nowhere/key"])
        #expect(problem.hasPrefix("signing-key-file (command line): /nowhere/key cannot be read"), "\(problem)")
    }

    @Test func aSystemdCredentialIsUsed() async throws {
        try await with(Self.key, mode: 0o400) { path in
            let directory = String(path.dropLast("/signing-key".count))
            let settings = try await SettingsHarness.read(environment: ["CREDENTIALS_DIRECTORY": directory])
            #expect(settings.signingKey?.publicKey.text == Self.publicKey)
            let none = try await SettingsHarness.read(environment: ["CREDENTIALS_DIRECTORY": "/nowhere"])
            #expect(none.signingKey == nil)
        }
    }

    @Test func theKeyIsReadAloneAlthoughOtherSettingsAreInvalid() async throws {
        try await with(Self.key, mode: 0o600) { path in
            let sources = try await SettingsHarness.sources(
                environment: ["FLOCK_RELAY_SIGNING_KEY_FILE": path, "FLOCK_RELAY_SECRET_FILE": "/nowhere/secret"])
            #expect(try SettingsReader(sources).readSigningKey()?.publicKey.text == Self.publicKey)
            let unset = try await SettingsHarness.sources()
            #expect(try SettingsReader(unset).readSigningKey() == nil)
        }
    }

    @Test func theKeyIsNeverShown() async throws {
        try await with(Self.key, mode: 0o600) { path in
            let settings = try await SettingsHarness.read(commandLine: ["signing-key-file": path])
            var dumped = ""
            dump(settings, to: &dumped)
            #expect(!dumped.contains("nWGxne") && !dumped.contains("157"))
            #expect(Setting.named("signing-key-file")?.show(settings) == "<redacted>")
        }
    }

    @Test func aReloadAppliesTheKey() async throws {
        try await with(Self.key, mode: 0o600) { path in
            let before = try await SettingsHarness.read()
            let after = try await SettingsHarness.read(commandLine: ["signing-key-file": path])
            #expect(after.needingRestart(comparedTo: before).isEmpty)
            #expect(before.adopting(after).signingKey?.publicKey.text == Self.publicKey)
            #expect(after.adopting(before).signingKey == nil)
        }
    }

    private func with(_ text: String, mode: Int, _ body: (String) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/signing-key"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: NSNumber(value: mode)], ofItemAtPath: path)
            try await body(path)
        }
    }
}
