import Domain
import Foundation
import Settings
import TestSupport
import Testing

@Suite struct SecretFileTests {
    static let contents: [(text: String, secret: String?)] = [
        ("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3\rcret\r\r\n", "s3\rcret\r"),
        ("s3cret\r", "s3cret\r"),
        ("\u{FEFF}s3cret\r\n", "s3cret"), (" s ", " s "),
        ("whsec_AAECAwQ=\n", "whsec_AAECAwQ="), ("", nil), ("\n", nil), ("whsec_\n", nil), ("whsec_*\n", nil),
    ]

    @Test("The LF, a CR before it and a byte order mark are no part of the secret", arguments: contents)
    func reads(_ text: String, _ secret: String?) async throws {
        try await with(Array(text.utf8), mode: 0o600) { path in
            if let secret {
                let settings = try await SettingsHarness.read(environment: ["FLOCK_RELAY_SECRET_FILE": path])
                #expect(settings.secrets.map(\.text) == [secret])
            } else {
                let problem = await SettingsHarness.problem(environment: ["FLOCK_RELAY_SECRET_FILE": path])
                #expect(problem.hasPrefix("secret-file (environment)"), "\(problem)")
                #expect(!problem.contains("whsec_*"))
            }
        }
    }

    static let lists: [(text: String, secrets: [String])] = [
        ("one\ntwo\n", ["one", "two"]), ("one\r\ntwo\r\n", ["one", "two"]), ("one\ntwo", ["one", "two"]),
        ("1\n2\n3\n4\n", ["1", "2", "3", "4"]), ("whsec_AAECAwQ=\nold\n", ["whsec_AAECAwQ=", "old"]),
    ]

    @Test("Each line is a secret, the current one first", arguments: lists)
    func severalSecrets(_ text: String, _ secrets: [String]) async throws {
        try await with(Array(text.utf8), mode: 0o600) { path in
            let settings = try await SettingsHarness.read(commandLine: ["secret-file": path])
            #expect(settings.secrets.map(\.text) == secrets)
        }
    }

    @Test(
        "A file with an empty line, an invalid secret or more than four is rejected",
        arguments: ["s3cret\n\n", "\ns3cret\n", "\n\n", "s3cret\nwhsec_*\n", "1\n2\n3\n4\n5\n"])
    func unusableLines(_ text: String) async throws {
        try await with(Array(text.utf8), mode: 0o600) { path in
            let problem = await SettingsHarness.problem(commandLine: ["secret-file": path])
            #expect(problem.hasPrefix("secret-file (command line)") && problem.contains("line"), "\(problem)")
            #expect(!problem.contains("s3cret"))
        }
    }

    static let modes: [(mode: Int, isUsed: Bool)] = [
        (0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o604, false), (0o602, false), (0o601, false),
    ]

    @Test("A secret file that other users can read is rejected", arguments: modes)
    func permissions(_ mode: Int, _ isUsed: Bool) async throws {
        try await with(Array("s".utf8), mode: mode) { path in
            let problem = await SettingsHarness.problem(commandLine: ["secret-file": path])
            #expect(problem.isEmpty == isUsed, "\(problem)")
            #expect(isUsed || problem.hasPrefix("secret-file (command line)"))
        }
    }

    /// The secrets of a Kubernetes volume are links.
    @Test("A symbolic link has the permissions of its file", arguments: [(0o600, true), (0o644, false)])
    func symbolicLink(_ mode: Int, _ isUsed: Bool) async throws {
        try await with(Array("s".utf8), mode: mode) { path in
            try FileManager.default.createSymbolicLink(atPath: path + ".link", withDestinationPath: path)
            defer { try? FileManager.default.removeItem(atPath: path + ".link") }
            let problem = await SettingsHarness.problem(commandLine: ["secret-file": path + ".link"])
            #expect(problem.isEmpty == isUsed, "\(problem)")
        }
    }

    @Test func aFileThatIsNotUTF8IsRejected() async throws {
        try await with([0x73, 0xFF], mode: 0o600) { path in
            #expect(await SettingsHarness.problem(commandLine: ["secret-file": path]).contains("secret-file"))
        }
    }

    @Test func aMissingFileIsRejected() async {
        #expect(
            await SettingsHarness.problem(commandLine: ["secret-file": "/nowhere/secret"]).contains("/nowhere/secret"))
    }

    @Test func aSystemdCredentialIsUsed() async throws {
        try await with(Array("s".utf8), mode: 0o400) { path in
            let directory = String(path.dropLast("/webhook-secret".count))
            let settings = try await SettingsHarness.read(environment: ["CREDENTIALS_DIRECTORY": directory])
            #expect(settings.secrets.map(\.text) == ["s"])
            let none = try await SettingsHarness.read(environment: ["CREDENTIALS_DIRECTORY": "/nowhere"])
            #expect(none.secrets.isEmpty)
        }
    }

    @Test func theSecretIsNeverShown() async throws {
        try await with(Array("visible-nowhere".utf8), mode: 0o600) { path in
            let settings = try await SettingsHarness.read(environment: ["FLOCK_RELAY_SECRET_FILE": path])
            var dumped = ""
            dump(settings, to: &dumped)
            #expect(!dumped.contains("visible-nowhere"))
            #expect(!Setting.table.contains { $0.show(settings).contains("visible-nowhere") })
            #expect(Setting.named("secret-file")?.show(settings) == "<redacted>")
        }
    }

    private func with(_ bytes: [UInt8], mode: Int, _ body: (String) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/webhook-secret"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: NSNumber(value: mode)], ofItemAtPath: path)
            try await body(path)
        }
    }
}
