import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Settings from all sources, and settings with which the relay does not start: docs/operations.md.
    @Suite struct ConfigurationTests {
        private func check(
            _ arguments: [String] = [], environment: [String: String] = [:]
        ) async throws -> Binary.Result {
            try await Binary.run(
                Binary.path, ["check-config", "--socket", "events.sock"] + arguments, environment: environment)
        }

        /// The line of one key: its value and its source.
        private func line(_ key: String, _ result: Binary.Result) -> String? {
            let words = result.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
            return words.first { $0.first == key[...] }.map { $0[1].trimmingCharacters(in: .whitespaces) }
        }

        @Test func everyValueIsShownWithItsSource() async throws {
            try await TemporaryDirectory.with { directory in
                let config = "\(directory)/config.json"
                let secret = "\(directory)/secret"
                try Data(
                    #"{"timeout":"1s","format":"flock","visibility":"public","allow-network":["10.0.0.0/8"],"retry":{"jitter":0.5}}"#
                        .utf8
                ).write(to: URL(fileURLWithPath: config))
                #expect(
                    FileManager.default.createFile(
                        atPath: secret, contents: Data("CANARY".utf8), attributes: [.posixPermissions: 0o600]))
                let result = try await check(
                    ["--config", config, "--timeout", "3s", "--secret-file", secret],
                    environment: [
                        "FLOCK_RELAY_TIMEOUT": "2s", "FLOCK_RELAY_FORMAT": "flat", "FLOCK_RELAY_RETRY_MAX_RETRIES": "7",
                    ])
                #expect(result.exit == .code(0), "\(result.error)")
                #expect(line("timeout", result) == "3s  (command line)")
                #expect(line("format", result) == "flat  (environment)")
                #expect(line("retry.max-retries", result) == "7  (environment)")
                #expect(line("visibility", result) == "public  (file)")
                #expect(line("allow-network", result) == "10.0.0.0/8  (file)")
                #expect(line("retry.jitter", result) == "0.5  (file)")
                #expect(line("retry.base-delay", result) == "1s  (default)")
                #expect(line("secret-file", result)?.contains("(command line)") == true)
                #expect(!result.output.contains("CANARY"))
            }
        }

        @Test func defaultsAreThoseOfTheDocumentation() async throws {
            let result = try await check()
            let defaults = [
                "socket-mode": "0660", "format": "flat", "retry.max-retries": "3", "retry.base-delay": "1s",
                "retry.max-delay": "60s", "retry.jitter": "0.1", "timeout": "10s", "visibility": "all",
                "ordering": "parallel", "concurrency.total": "512", "concurrency.per-origin": "8",
                "allow-network": "none",
                "unmatched-grace": "2s", "drain-timeout": "20s", "log-level": "info", "log-format": "json",
                "metrics-listen": "none", "history.max-deliveries": "100000", "max-line": "8388608B",
                "registration-ttl": "86400s",
            ]
            for (key, value) in defaults { #expect(line(key, result) == "\(value)  (default)", "\(key)") }
        }

        static let malformed: [(String, String, form: String)] = [
            ("timeout", "soon", "a number above 0 with ms, s, m or h"),
            ("timeout", "5", "a number above 0 with ms, s, m or h"),
            ("timeout", "-1s", "a number above 0 with ms, s, m or h"),
            ("timeout", "0s", "a number above 0 with ms, s, m or h"),
            ("retry.max-retries", "many", "a number from 0 to 100"),
            ("retry.max-retries", "101", "a number from 0 to 100"),
            ("retry.jitter", "1.5", "a number from 0 to 1"), ("max-line", "8", "a number with B, KiB, MiB or GiB"),
            ("format", "xml", "flat or flock"), ("ordering", "random", "parallel or ordered"),
            ("visibility", "none", "all or public"), ("socket-mode", "0999", "an octal mode"),
            ("allow-network", "10.0.0.0/33", "CIDR"), ("allow-network", "here", "CIDR"),
            ("ephemeral", "perhaps", "true or false"),
            ("log-level", "loud", "trace, debug, info"), ("sessions", "-1", "a number from 1 to 16"),
            ("concurrency.per-origin", "0", "a number from 1 to 256"), ("metrics-listen", "here", "host:port"),
            ("retry.final-statuses", "410,x", "HTTP statuses"),
            ("unmatched-grace", "1d", "a number with ms, s, m or h"),
        ]

        /// `serve` and `check-config` name the key, its source and the accepted form.
        @Test(arguments: malformed)
        func aMalformedValueStopsTheStart(key: String, value: String, form: String) async throws {
            let variable = "FLOCK_RELAY_" + key.uppercased().map { "-.".contains($0) ? "_" : String($0) }.joined()
            for command in ["check-config", "serve"] {
                let result = try await Binary.run(
                    Binary.path, [command, "--socket", "events.sock"], environment: [variable: value])
                #expect(result.exit == .code(78))
                #expect(result.error.contains(key) && result.error.contains("environment"), "\(result.error)")
                #expect(result.error.contains(form), "\(result.error)")
            }
        }

        /// Kubernetes makes such variables for a Service called `flock-relay`, and the bridge has some of its own.
        @Test func variablesThatNameNoSettingDoNotStopTheStart() async throws {
            let foreign = [
                "FLOCK_RELAY_PORT": "tcp://10.0.0.7:9464", "FLOCK_RELAY_PORT_9464_TCP_ADDR": "10.0.0.7",
                "FLOCK_RELAY_SERVICE_HOST": "10.0.0.7", "FLOCK_RELAY_SERVICE_PORT_METRICS": "9464",
                "FLOCK_RELAY_SECRET": "s", "FLOCK_RELAY_STATUS_KEY": "k",
            ]
            #expect(try await check(environment: foreign).error.isEmpty)
            let environment = foreign.merging(["FLOCK_RELAY_TIMOUT": "1s"]) { $1 }
            let checked = try await check(environment: environment)
            #expect(checked.exit == .code(0) && line("timeout", checked) == "10s  (default)")
            #expect(checked.error.split(separator: "\n").count == 1, "\(checked.error)")
            #expect(checked.error.contains("FLOCK_RELAY_TIMOUT") && checked.error.contains("FLOCK_RELAY_TIMEOUT"))
            try await RelayProcess.run(environment: environment) { relay in
                let message = "A variable of the environment names no setting and has no effect"
                let records = relay.logRecords(message)
                #expect(records.count == 1 && records[0].level.text == "warning")
                #expect(records.first?.variable.text == "FLOCK_RELAY_TIMOUT")
                #expect(records.first?.closest.text == "FLOCK_RELAY_TIMEOUT")
                let places = ["FLOCK_RELAY_STATUS_SOCKET": relay.statusSocket].merging(environment) { $1 }
                let status = try await Binary.run("status", environment: places)
                #expect(status.exit == .code(0) && status.error.contains("FLOCK_RELAY_TIMOUT"))
                relay.send(SIGHUP)
                try await eventually("reloaded") { !relay.logRecords("Configuration reloaded").isEmpty }
                #expect(relay.logRecords(message).count == 1, "a reload does not repeat it")
            }
        }

        @Test func unknownKeysStopTheStart() async throws {
            let option = try await check(["--timout", "1s"])
            #expect(option.exit == .code(64) && option.error.contains("timout"))
            try await TemporaryDirectory.with { directory in
                for (text, word) in [
                    (#"{"timout":"1s"}"#, "timout"), (#"{"retry":{"max":1}}"#, "retry.max"), ("[]", "JSON object"),
                    ("{", "JSON"), (#"{"timeout":"soon"}"#, "timeout (file)"),
                    (#"{"retry":{"max-retries":"x"}}"#, "(file)"),
                ] {
                    let path = "\(directory)/config.json"
                    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                    let result = try await check(["--config", path])
                    #expect(result.exit == .code(78) && result.error.contains(word), "\(text): \(result.error)")
                }
                let missing = try await check(["--config", "\(directory)/none.json"])
                #expect(missing.exit == .code(78) && missing.error.contains("none.json"))
            }
        }

        /// `check-config` finds what `serve` would meet, and leaves nothing behind.
        @Test(
            arguments: [
                (["--state-dir", "@/file"], "state-dir: "), (["--state-dir", "@/file/x"], "state-dir: "),
                (["--socket", "@/missing/events.sock"], "socket: "), (["--socket", "@/file"], "socket: "),
                (["--status-socket", "@/missing/status.sock"], "status-socket: "),
                (["--status-socket", "@/\(String(repeating: "x", count: 108))"], "status-socket: "),
                (["--status-socket", "@/events.sock"], "status-socket: "), (["--ca-file", "@/missing"], "ca-file: "),
                (["--ca-file", "@/file"], "ca-file: "), (["--secret-file", "@/lines"], "secret-file (command line): "),
                (["--metrics-listen", "::1:9464"], "metrics-listen (command line)"),
                (["--config", "@/file"], "--config "),
            ] as [([String], String)])
        func checkConfigFindsWhatServeWouldMeet(options: [String], start: String) async throws {
            try await TemporaryDirectory.with { directory in
                for (name, text) in [("file", ""), ("lines", "one\n\n")] {
                    #expect(
                        FileManager.default.createFile(
                            atPath: "\(directory)/\(name)", contents: Data(text.utf8),
                            attributes: [.posixPermissions: 0o600]))
                }
                let defaults = ["--socket", "@/events.sock", "--state-dir", "@/state"].chunked
                let given = options.chunked
                let all = given + defaults.filter { pair in !given.contains { $0[0] == pair[0] } }
                let arguments = all.flatMap { $0 }.map { $0.replacingOccurrences(of: "@", with: directory) }
                let checked = try await Binary.run(Binary.path, ["check-config"] + arguments)
                #expect(checked.exit == .code(78))
                #expect(checked.error.hasPrefix("flock-relay: \(start)"), "\(checked.error)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["file", "lines"])
                let served = try await Binary.run(Binary.path, ["serve"] + arguments)
                #expect(served.exit == .code(78) && !served.error.isEmpty)
            }
        }

        /// Another user's directories cannot be written to.
        @Test func checkConfigFindsDirectoriesThatCannotBeWrittenTo() async throws {
            try await TemporaryDirectory.with { directory in
                let path = "\(directory)/closed"
                #expect(unsafe mkdir(path, 0o755) == 0 && chmod(path, 0o555) == 0 && chmod(directory, 0o755) == 0)
                let arguments = [
                    Binary.path, "check-config", "--socket", "\(path)/events.sock", "--state-dir", "\(path)/state",
                ]
                let asOther = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
                let result =
                    getuid() == 0
                    ? try await Binary.run("/usr/bin/setpriv", asOther + arguments)
                    : try await Binary.run(Binary.path, Array(arguments.dropFirst()))
                #expect(result.exit == .code(78))
                for name in ["socket", "status-socket", "state-dir"] {
                    #expect(result.error.contains("flock-relay: \(name): "), "\(result.error)")
                }
                #expect(result.error.contains("Permission denied"))
            }
        }

        /// The relay's own directories are missing before its first start; `check-config` does not create them.
        @Test func checkConfigCreatesNothing() async throws {
            try await TemporaryDirectory.with { directory in
                let places = ["RUNTIME_DIRECTORY": "\(directory)/run", "STATE_DIRECTORY": "\(directory)/state"]
                let result = try await Binary.run("check-config", environment: places)
                #expect(result.exit == .code(0) && result.error.isEmpty, "\(result.error)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
            }
        }

        /// Beside a running relay `check-config` finds no problem, and does not disturb it.
        @Test func checkConfigRunsBesideARelay() async throws {
            try await RelayProcess.run { relay in
                let result = try await Binary.run(
                    "check-config", "--socket", relay.eventSocket, "--state-dir", relay.stateDirectory)
                #expect(result.exit == .code(0) && result.error.isEmpty, "\(result.error)")
                #expect(try await relay.ask("/readyz").status == 200)
            }
        }

        /// Shells leave `~/` as it is in `--option=~/path`, in quotes, in the environment and in files.
        @Test func aLeadingTildeIsTheHomeDirectoryInEverySource() async throws {
            try await TemporaryDirectory.with { home in
                try Data(#"{"state-dir":"~/state"}"#.utf8).write(to: URL(fileURLWithPath: "\(home)/relay.json"))
                let environment = ["HOME": home, "FLOCK_RELAY_STATUS_SOCKET": "~/status.sock"]
                let options = ["--socket=~/events.sock", "--config=~/relay.json"]
                let checked = try await Binary.run(Binary.path, ["check-config"] + options, environment: environment)
                #expect(checked.exit == .code(0), "\(checked.error)")
                #expect(line("socket", checked) == "\(home)/events.sock  (command line)")
                #expect(line("status-socket", checked) == "\(home)/status.sock  (environment)")
                #expect(line("state-dir", checked) == "\(home)/state  (file)")
                let log = "\(home)/log"
                let daemon = try ChildProcess(
                    Binary.path, ["serve"] + options,
                    environment: Binary.environment(home: home).merging(environment) { $1 }, output: log, error: log)
                defer { daemon.end() }
                try await eventually("status finds the daemon by the environment") {
                    try await Binary.run("status", "--json", environment: environment).exit == .code(0)
                }
                let asked = try await Binary.run("status", "--status-socket=~/status.sock", environment: ["HOME": home])
                #expect(asked.exit == .code(0), "\(asked.error)")
                try Data("{}\n".utf8).write(to: URL(fileURLWithPath: "\(home)/lines"))
                let sent = try await Binary.run(
                    "send", "--socket=~/events.sock", "~/lines", environment: ["HOME": home])
                #expect(sent.exit == .code(0), "\(sent.error)")
                #expect(FileManager.default.fileExists(atPath: "\(home)/state/outbox.sqlite"))
                #expect(!FileManager.default.fileExists(atPath: "~"))
                let other = try await Binary.run(Binary.path, ["check-config", "--state-dir", "~root/x"])
                #expect(other.exit == .code(78) && other.error.contains("state-dir (command line): ~root/x"))
            }
        }

        @Test(arguments: [("", 0o600), ("secret", 0o604), ("whsec_!", 0o600)])
        func aBadSecretFileStopsTheStart(contents: String, mode: Int) async throws {
            try await TemporaryDirectory.with { directory in
                let path = "\(directory)/secret"
                #expect(
                    FileManager.default.createFile(
                        atPath: path, contents: Data(contents.utf8), attributes: [.posixPermissions: mode]))
                let result = try await check(["--secret-file", path])
                #expect(result.exit == .code(78))
                #expect(result.error.contains("secret-file (command line)") && result.error.contains(path))
            }
        }

        @Test func aMetricsPortInUseStopsTheStart() async throws {
            let other = try await RawReceiver { _ in .ok }
            try await TemporaryDirectory.with { directory in
                let result = try await Binary.run(
                    Binary.path,
                    [
                        "serve", "--socket", "\(directory)/events.sock", "--state-dir", directory,
                        "--metrics-listen", "127.0.0.1:\(other.port)",
                    ])
                #expect(result.exit == .code(78))
                #expect(result.error.contains("metrics-listen: cannot listen on 127.0.0.1:\(other.port)"))
            }
        }

        @Test(arguments: [
            ["--nonsense"], ["nonsense"], ["verify"], ["listen", "--fail", "sometimes"], ["send", "/nowhere/at/all"],
        ])
        func badUsageEndsWith64(arguments: [String]) async throws {
            let result = try await Binary.run(Binary.path, arguments)
            #expect(result.exit == .code(64) && !result.error.isEmpty)
        }

        @Test(arguments: [["status", "--status-socket"], ["send", "--socket"]])
        func aCommandWithoutADaemonEndsWith69(arguments: [String]) async throws {
            let result = try await Binary.run(Binary.path, arguments + ["/tmp/no-listener-here.sock"])
            #expect(result.exit == .code(69))
            #expect(
                result.error.contains("/tmp/no-listener-here.sock") && result.error.contains("flock-relay serve"))
        }

        @Test func aSecondDaemonEndsWith75() async throws {
            try await RelayProcess.run { relay in
                let directory = relay.directory
                for arguments in [
                    ["--socket", relay.eventSocket, "--state-dir", "\(directory)/other"],
                    ["--socket", "\(directory)/other.sock", "--state-dir", relay.stateDirectory],
                    [
                        "--socket", "\(directory)/third.sock", "--status-socket", relay.statusSocket, "--state-dir",
                        "\(directory)/third",
                    ],
                ] {
                    let result = try await Binary.run(Binary.path, ["serve", "--ephemeral"] + arguments)
                    #expect(result.exit == .code(75))
                    #expect(result.error.contains("another flock-relay already uses"))
                }
                #expect(try await relay.ask("/readyz").status == 200)
                let writer = try await relay.writer()
                try await writer.waitForAcknowledgement(of: 1)
            }
        }

        /// A file or socket that the relay did not create is never removed.
        @Test func aForeignFileAtTheSocketPathIsKept() async throws {
            try await TemporaryDirectory.with { directory in
                let path = "\(directory)/events.sock"
                try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
                let arguments = ["serve", "--ephemeral", "--socket", path, "--state-dir", "\(directory)/state"]
                let result = try await Binary.run(Binary.path, arguments)
                #expect(result.exit == .code(78) && result.error.contains(path))
                #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
                let long = "\(directory)/\(String(repeating: "x", count: 120)).sock"
                let tooLong = try await Binary.run("serve", "--ephemeral", "--socket", long, "--state-dir", directory)
                #expect(tooLong.exit == .code(78) && tooLong.error.contains("107 bytes"))
            }
        }
    }
}

extension [String] {
    /// Options with their values.
    fileprivate var chunked: [[String]] { stride(from: 0, to: count, by: 2).map { Array(self[$0..<$0 + 2]) } }
}
