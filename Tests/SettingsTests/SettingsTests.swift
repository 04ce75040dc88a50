import Logging
import Domain
import Settings
import TestSupport
import Testing

@Suite struct SettingsTests {
    @Test func defaultsAreThoseOfTheDocumentation() async throws {
        let settings = try await SettingsHarness.read(
            environment: ["STATE_DIRECTORY": "/state", "FLOCK_RELAY_LOG_FORMAT": "json"])
        #expect(settings.socket == "/nowhere/events.sock")
        #expect(settings.statusSocket == "/nowhere/status.sock")
        #expect(settings.socketMode == 0o660)
        #expect(settings.stateDirectory == "/state")
        #expect(!settings.isEphemeral)
        #expect(settings.secrets.isEmpty)
        #expect(settings.keepFailed == .zero)
        #expect(settings.format == .flat)
        #expect(
            settings.retry
                == RetryPolicy(
                    maxRetries: 3, baseDelay: .seconds(1), multiplier: 2, maxDelay: .seconds(60), jitter: 0.1,
                    finalStatuses: []))
        #expect(settings.timeout == .seconds(10))
        #expect(settings.visibility == .all)
        #expect(settings.ordering == .parallel)
        #expect(settings.concurrencyTotal == 512 && settings.concurrencyPerOrigin == 8)
        #expect((1...4).contains(settings.sessions))
        #expect(settings.allowNetwork.isEmpty)
        #expect(settings.maxLine == 8 << 20)
        #expect(settings.registrationTTL == .seconds(86_400))
        #expect(settings.unmatchedGrace == .seconds(2))
        #expect(settings.historyMaxAge == .seconds(86_400) && settings.historyMaxDeliveries == 100_000)
        #expect(settings.outboxMax == 4 << 30)
        #expect(settings.drainTimeout == .seconds(20))
        #expect(settings.logLevel == .info)
        #expect(settings.metricsListen == nil)
    }

    @Test func theCommandLineWinsOverTheEnvironmentOverTheFile() async throws {
        let file = #"{"timeout":"1s","ordering":"ordered","retry":{"max-delay":"5s"},"format":"flock"}"#
        let environment = ["FLOCK_RELAY_TIMEOUT": "2s", "FLOCK_RELAY_RETRY_MAX_DELAY": "6s"]
        let sources = try await SettingsHarness.sources(
            commandLine: ["timeout": "3s"], environment: environment, file: file)
        let settings = try SettingsReader(sources).read()
        #expect(settings.timeout == .seconds(3))
        #expect(settings.retry.maxDelay == .seconds(6))
        #expect(settings.ordering == .ordered)
        #expect(settings.format == .flock)
        #expect(settings.visibility == .all)
        #expect(try source(of: "timeout", sources) == .commandLine)
        #expect(try source(of: "retry.max-delay", sources) == .environment)
        #expect(try source(of: "ordering", sources) == .file)
        #expect(try source(of: "format", sources) == .file)
        #expect(try source(of: "visibility", sources) == .defaultValue)
        #expect(try source(of: "allow-network", sources) == .defaultValue)
    }

    @Test func settingsNeedNoFile() async throws {
        let sources = try await SettingsHarness.sources(
            commandLine: ["timeout": "3s"], environment: ["FLOCK_RELAY_FORMAT": "flock"])
        _ = try SettingsReader(sources).read()
        let keys = ["timeout", "format", "visibility"]
        #expect(try keys.map { try source(of: $0, sources).description } == ["command line", "environment", "default"])
    }

    private func source(of name: String, _ sources: SettingsSources) throws -> SettingSource {
        sources.source(of: try #require(Setting.named(name)))
    }

    @Test func anEmptyVariableIsIgnored() async throws {
        let settings = try await SettingsHarness.read(environment: [
            "FLOCK_RELAY_TIMEOUT": "", "FLOCK_RELAY_ALLOW_NETWORK": "",
        ])
        #expect(settings.timeout == .seconds(10))
        #expect(settings.allowNetwork.isEmpty)
    }

    @Test("Lists have commas in the environment and on the command line, and are arrays in the file")
    func lists() async throws {
        let blocks = ["10.0.0.0/8", "192.168.7.0/24"].compactMap(IPBlock.init)
        let text = "10.0.0.0/8, 192.168.7.0/24"
        #expect(try await SettingsHarness.read(environment: ["FLOCK_RELAY_ALLOW_NETWORK": text]).allowNetwork == blocks)
        #expect(try await SettingsHarness.read(commandLine: ["allow-network": text]).allowNetwork == blocks)
        let file = #"{"allow-network":["10.0.0.0/8","192.168.7.0/24"],"retry":{"final-statuses":["410","404"]}}"#
        let settings = try await SettingsHarness.read(file: file)
        #expect(settings.allowNetwork == blocks)
        #expect(settings.retry.finalStatuses == [404, 410])
        #expect(try await SettingsHarness.read(file: #"{"allow-network":[]}"#).allowNetwork.isEmpty)
        let statuses = try await SettingsHarness.read(environment: ["FLOCK_RELAY_RETRY_FINAL_STATUSES": "410,404"])
        #expect(statuses.retry.finalStatuses == [404, 410])
    }

    @Test("Numbers of a file may be JSON numbers")
    func numbersInAFile() async throws {
        let file = """
            {"retry":{"max-retries":5,"multiplier":3,"jitter":0.25,"final-statuses":[410,404]},
             "concurrency":{"total":7,"per-origin":2},"sessions":1,"proxy":"http://proxy.example:3128","ephemeral":true,"history":{"max-deliveries":0}}
            """
        let settings = try await SettingsHarness.read(file: file)
        #expect(settings.retry.maxRetries == 5)
        #expect(settings.retry.multiplier == 3)
        #expect(settings.retry.jitter == 0.25)
        #expect(settings.retry.finalStatuses == [404, 410])
        #expect(settings.concurrencyTotal == 7 && settings.concurrencyPerOrigin == 2)
        #expect(settings.sessions == 1)
        #expect(settings.proxy?.description == "http://proxy.example:3128")
        #expect(settings.isEphemeral)
        #expect(settings.historyMaxDeliveries == 0)
    }

    @Test func statusSocketLiesBesideTheEventSocket() async throws {
        let settings = try await SettingsHarness.read(commandLine: ["socket": "/a/b.sock"])
        #expect(settings.statusSocket == "/a/status.sock")
        let own = try await SettingsHarness.read(commandLine: ["socket": "/a/b.sock", "status-socket": "/c.sock"])
        #expect(own.statusSocket == "/c.sock")
    }

    @Test func keysAndVariablesHaveTheDocumentedNames() {
        #expect(
            Setting.table.map(\.name) == [
                "socket", "status-socket", "socket-mode", "state-dir", "ephemeral", "secret-file",
                "signing-key-file", "keep-failed", "format",
                "retry.max-retries", "retry.base-delay", "retry.multiplier", "retry.max-delay", "retry.jitter",
                "retry.final-statuses", "timeout", "visibility", "ordering", "concurrency.total",
                "concurrency.per-origin", "sessions", "ca-file", "proxy", "allow-network", "max-line",
                "registration-ttl",
                "unmatched-grace", "history.max-age", "history.max-deliveries", "outbox-max", "drain-timeout",
                "log-level", "log-format",
                "metrics-listen", "otlp-endpoint",
            ])
        #expect(Setting.named("retry.max-retries")?.environmentName == "FLOCK_RELAY_RETRY_MAX_RETRIES")
        #expect(Setting.named("status-socket")?.environmentName == "FLOCK_RELAY_STATUS_SOCKET")
    }
}
