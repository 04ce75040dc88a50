import Settings
import Testing

@Suite struct SettingsErrorTests {
    static let malformed: [(name: String, values: [String])] = [
        ("socket-mode", ["rw", "999", "10777"]), ("ephemeral", ["perhaps"]), ("format", ["xml", "Flat", "FLOCK"]),
        ("retry.max-retries", ["-1", "101", "many", "1.5", "1e2"]), ("retry.base-delay", ["1", "-1s", "fast"]),
        ("retry.multiplier", ["0.5", "101", "x", "nan"]), ("retry.max-delay", ["60"]),
        ("retry.jitter", ["-0.1", "1.1", "x"]),
        ("retry.final-statuses", ["200", "299", "600", "x", "410,x", "404;410"]), ("timeout", ["0s", "10", "ten"]),
        ("visibility", ["private"]), ("ordering", ["random"]), ("concurrency.total", ["0", "4097", "x"]),
        ("concurrency.per-origin", ["0", "257"]), ("sessions", ["-1", "17", "two"]),
        (
            "proxy",
            ["proxy:3128", "https://proxy:3128", "http://user@proxy:3128", "http://proxy/path", "socks5://proxy:1080"]
        ),
        ("allow-network", ["10.0.0.0/33", "10.0.0.1/8", "example", "10.0.0.0/8,x", "fd00::/129", "fd00::1/8"]),
        ("max-line", ["8", "8MB", "1023B", "65MiB"]), ("registration-ttl", ["0s", "day"]), ("unmatched-grace", ["2"]),
        ("history.max-age", ["-1h"]), ("history.max-deliveries", ["-1", "10000001"]),
        ("outbox-max", ["0B", "4", "-1GiB"]),
        ("drain-timeout", ["x"]),
        ("log-level", ["loud", "INFO", "warn"]), ("log-format", ["xml"]),
        ("metrics-listen", ["9464", "localhost", "h:99999", "::1:9464"]),
    ]

    @Test("A malformed value names its key, its source and the accepted form", arguments: malformed)
    func namesMalformedValue(_ name: String, _ values: [String]) async throws {
        let key = try #require(Setting.named(name))
        for value in values {
            let variable = await SettingsHarness.problem(environment: [key.environmentName: value])
            #expect(variable.hasPrefix("\(key.name) (environment)"), "\(value): \(variable)")
            #expect(variable.contains(key.form))
            let option = await SettingsHarness.problem(commandLine: [name: value])
            #expect(option.hasPrefix("\(key.name) (command line)"), "\(value): \(option)")
            #expect(option.contains(key.form))
        }
    }

    static let files: [(file: String, start: String)] = [
        (#"{"timeout":"ten"}"#, "timeout (file)"), (#"{"timeout":10}"#, "timeout (file)"),
        (#"{"timeout":true}"#, "timeout (file)"), (#"{"timeout":["1s"]}"#, "timeout (file)"),
        (#"{"retry":{"max-retries":"many"}}"#, "retry.max-retries (file)"),
        (#"{"retry":{"max-retries":101}}"#, "retry.max-retries (file)"),
        (#"{"retry":{"final-statuses":[200]}}"#, "retry.final-statuses (file)"),
        (#"{"allow-network":["10.0.0.0/8","x"]}"#, "allow-network (file)"),
        (#"{"allow-network":"10.0.0.0/33"}"#, "allow-network (file)"),
        (#"{"ephemeral":"perhaps"}"#, "ephemeral (file)"),
    ]

    @Test("A malformed value in a file names its key, the file and the accepted form", arguments: files)
    func malformedInAFile(_ file: String, _ start: String) async {
        let problem = await SettingsHarness.problem(file: file)
        #expect(problem.hasPrefix(start), "\(problem)")
    }

    @Test("A malformed value stops the start, even if a source of lower precedence has a valid one")
    func noFallBack() async {
        let problem = await SettingsHarness.problem(
            commandLine: ["timeout": "ten"], environment: ["FLOCK_RELAY_TIMEOUT": "1s"])
        #expect(problem.hasPrefix("timeout (command line)"))
    }

    @Test(
        "An unknown key in the file stops the start",
        arguments: [
            ("timeouts", #"{"timeouts":"1s"}"#), ("retry.retries", #"{"retry":{"retries":1}}"#),
            ("retry", #"{"retry":5}"#), ("socket.path", #"{"socket":{"path":"x"}}"#), ("Timeout", #"{"Timeout":"1s"}"#),
            ("retry.max-retries", #"{"retry.max-retries":5}"#), ("max_line", #"{"max_line":"1MiB"}"#),
        ])
    func unknown(_ name: String, _ file: String) async {
        let problem = await SettingsHarness.problem(file: file)
        #expect(problem.hasPrefix(name) && problem.contains("no such setting"), "\(problem)")
    }

    @Test func anUnknownKeyInTheFileNamesTheClosest() async {
        #expect(await SettingsHarness.problem(file: #"{"max_line":"1MiB"}"#).contains("the closest is max-line;"))
        let nested = await SettingsHarness.problem(file: #"{"retry":{"maxretries":1}}"#)
        #expect(nested.contains("the closest is retry.max-retries;"))
    }

    @Test("Variables that name no setting do not stop the start", arguments: ["FLOCK_RELAY_TIMEOUTS", "FLOCK_RELAY_"])
    func unknownVariables(_ name: String) async {
        #expect(await SettingsHarness.problem(environment: [name: "1"]) == "")
    }

    @Test(
        "Text in a file is a string: a number or a boolean is rejected, because it may mean something else",
        arguments: [
            #"{"socket-mode":660}"#, #"{"socket-mode":432}"#, #"{"socket-mode":0}"#, #"{"socket-mode":true}"#,
            #"{"socket-mode":null}"#,
            #"{"state-dir":7}"#, #"{"status-socket":false}"#, #"{"ca-file":1.5}"#, #"{"secret-file":1}"#,
            #"{"signing-key-file":1}"#,
        ])
    func notAString(_ file: String) async {
        let problem = await SettingsHarness.problem(file: file)
        #expect(problem.contains("(file) must be") && problem.hasSuffix("written as a JSON string"), "\(problem)")
    }

    @Test func aModeInAFileIsAStringOfOctalDigits() async throws {
        #expect(try await SettingsHarness.read(file: #"{"socket-mode":"0660"}"#).socketMode == 0o660)
        #expect(try await SettingsHarness.read(file: #"{"socket-mode":"600"}"#).socketMode == 0o600)
    }

    @Test("A file that is not JSON is reported with the place of the mistake")
    func place() async {
        for file in ["{\n  \"timeout\": \"1s\",\n  format: \"flat\"\n}", "\u{FEFF}{\n\n  oops}"] {
            let problem = await SettingsHarness.problem(file: file)
            #expect(problem.hasPrefix("--config ") && problem.contains("line 3, column"), "\(problem)")
        }
        #expect(
            await SettingsHarness.problem(file: #"{"socket-mode": 0660}"#).contains(
                "leading zero around line 1, column"))
        #expect(await SettingsHarness.problem(file: "{\"timeout\":\"1s\"").contains("end of file"))
    }

    @Test("A byte order mark at the start of the file is skipped")
    func byteOrderMark() async throws {
        #expect(try await SettingsHarness.read(file: "\u{FEFF}{\"timeout\":\"7s\"}").timeout == .seconds(7))
        #expect(await SettingsHarness.problem(file: "{\u{FEFF}\"timeout\":\"7s\"}").hasPrefix("--config "))
    }

    @Test func theTwoSocketsHaveDifferentPaths() async {
        let problem = await SettingsHarness.problem(commandLine: ["socket": "/a/s", "status-socket": "/a/s"])
        #expect(problem.hasPrefix("status-socket: /a/s"))
    }

    @Test("Environment variables of other programs are ignored")
    func foreignVariables() async {
        let environment = ["FLOCK_RELAY_SECRET": "s", "FLOCK_RELAYS": "x", "TIMEOUT": "x", "FLOCK_TIMEOUT": "x"]
        #expect(await SettingsHarness.problem(environment: environment) == "")
        #expect(UnknownVariable.all(in: environment).isEmpty)
    }

    @Test("A file that is not a JSON object stops the start", arguments: ["", "{", "[]", "7", "null"])
    func noFile(_ text: String) async {
        #expect(await SettingsHarness.problem(file: text).hasPrefix("--config "))
    }

    @Test func aMissingFileStopsTheStart() async {
        #expect(throws: SettingsError.self) {
            try SettingsSources(commandLine: [:], environment: [:], configFile: "/nowhere/relay.json")
        }
    }
}
