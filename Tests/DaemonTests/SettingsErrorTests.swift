import Daemon
import Testing

@Suite struct SettingsErrorTests {
    static let malformed: [(key: SettingKey, values: [String])] = [
        (.socketMode, ["rw", "999", "10777"]), (.ephemeral, ["perhaps"]), (.format, ["xml", "Flat", "FLOCK"]),
        (.maxRetries, ["-1", "101", "many", "1.5", "1e2"]), (.baseDelay, ["1", "-1s", "fast"]),
        (.multiplier, ["0.5", "101", "x", "nan"]), (.maxDelay, ["60"]), (.jitter, ["-0.1", "1.1", "x"]),
        (.finalStatuses, ["200", "299", "600", "x", "410,x", "404;410"]), (.timeout, ["0s", "10", "ten"]),
        (.visibility, ["private"]), (.ordering, ["random"]), (.concurrencyTotal, ["0", "4097", "x"]),
        (.concurrencyPerOrigin, ["0", "257"]), (.sessions, ["-1", "17", "two"]),
        (
            .proxy,
            ["proxy:3128", "https://proxy:3128", "http://user@proxy:3128", "http://proxy/path", "socks5://proxy:1080"]
        ),
        (.allowNetwork, ["10.0.0.0/33", "10.0.0.1/8", "example", "10.0.0.0/8,x", "fd00::/129", "fd00::1/8"]),
        (.maxLine, ["8", "8MB", "1023B", "65MiB"]), (.registrationTTL, ["0s", "day"]), (.unmatchedGrace, ["2"]),
        (.historyMaxAge, ["-1h"]), (.historyMaxDeliveries, ["-1", "10000001"]), (.outboxMax, ["0B", "4", "-1GiB"]),
        (.drainTimeout, ["x"]),
        (.logLevel, ["loud", "INFO", "warn"]), (.logFormat, ["xml"]),
        (.metricsListen, ["9464", "localhost", "h:99999"]),
    ]

    @Test("A malformed value names its key, its source and the accepted form", arguments: malformed)
    func namesMalformedValue(_ key: SettingKey, _ values: [String]) async {
        for value in values {
            let variable = await SettingsBench.complaint(environment: [key.environmentName: value])
            #expect(variable.hasPrefix("\(key.name) (environment)"), "\(value): \(variable)")
            #expect(variable.contains(key.form))
            let option = await SettingsBench.complaint(commandLine: [key: value])
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

    @Test("So does a malformed value of a file", arguments: files)
    func malformedInAFile(_ file: String, _ start: String) async {
        let complaint = await SettingsBench.complaint(file: file)
        #expect(complaint.hasPrefix(start), "\(complaint)")
    }

    @Test("The first source that has a malformed value stops the start, though another would do")
    func noFallBack() async {
        let complaint = await SettingsBench.complaint(
            commandLine: [.timeout: "ten"], environment: ["FLOCK_RELAY_TIMEOUT": "1s"])
        #expect(complaint.hasPrefix("timeout (command line)"))
    }

    @Test(
        "An unknown key stops the start",
        arguments: [
            ("FLOCK_RELAY_TIMEOUTS", nil), ("FLOCK_RELAY_RETRY", nil), ("FLOCK_RELAY_", nil),
            ("timeouts", #"{"timeouts":"1s"}"#), ("retry.retries", #"{"retry":{"retries":1}}"#),
            ("retry", #"{"retry":5}"#), ("socket.path", #"{"socket":{"path":"x"}}"#), ("Timeout", #"{"Timeout":"1s"}"#),
            ("retry.max-retries", #"{"retry.max-retries":5}"#), ("max_line", #"{"max_line":"1MiB"}"#),
        ] as [(String, String?)])
    func unknown(_ name: String, _ file: String?) async {
        let environment = file == nil ? [name: "1"] : [:]
        let complaint = await SettingsBench.complaint(environment: environment, file: file)
        #expect(complaint.hasPrefix(name) && complaint.contains("no such setting"), "\(complaint)")
    }

    @Test("Variables of others are no matter")
    func foreignVariables() async {
        let environment = ["FLOCK_RELAY_SECRET": "s", "FLOCK_RELAYS": "x", "TIMEOUT": "x", "FLOCK_TIMEOUT": "x"]
        #expect(await SettingsBench.complaint(environment: environment) == "")
    }

    @Test("A file that is none", arguments: ["", "{", "[]", "7", "null"])
    func noFile(_ text: String) async {
        #expect(await SettingsBench.complaint(file: text).hasPrefix("--config "))
    }

    @Test func missingFile() async {
        await #expect(throws: SettingsError.self) {
            try await SettingsSources(commandLine: [:], environment: [:], configFile: "/nowhere/relay.json")
        }
    }
}
