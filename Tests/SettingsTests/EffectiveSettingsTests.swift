import Settings
import Testing

@Suite struct EffectiveSettingsTests {
    @Test("Settings that are shown read back as the same settings")
    func roundTrip() async throws {
        let environment = [
            "FLOCK_RELAY_TIMEOUT": "1500ms", "FLOCK_RELAY_MAX_LINE": "1.5MiB", "FLOCK_RELAY_SOCKET_MODE": "600",
            "FLOCK_RELAY_ALLOW_NETWORK": "10.0.0.0/8,127.0.0.1", "FLOCK_RELAY_RETRY_FINAL_STATUSES": "410,404",
            "FLOCK_RELAY_METRICS_LISTEN": "127.0.0.1:9464", "FLOCK_RELAY_STATE_DIR": "/state",
        ]
        let settings = try await SettingsHarness.read(environment: environment)
        let shown = Dictionary(uniqueKeysWithValues: Setting.table.map { ($0.name, $0.show(settings)) })
        #expect(shown["timeout"] == "1500ms")
        #expect(shown["allow-network"] == "10.0.0.0/8,127.0.0.1/32")
        #expect(shown["retry.final-statuses"] == "404,410")
        #expect(shown["socket-mode"] == "0600")
        #expect(shown["secret-file"] == "none" && shown["signing-key-file"] == "none")
        let again = try await SettingsHarness.read(commandLine: shown.filter { $0.value != "none" })
        #expect(values(again) == values(settings))
    }

    private func values(_ settings: RelaySettings) -> [String] { Setting.table.map { $0.show(settings) } }

    @Test func onlySomeKeysAreAppliedWithoutARestart() async throws {
        let before = try await SettingsHarness.read()
        let reloadable = [
            "FLOCK_RELAY_LOG_LEVEL": "debug", "FLOCK_RELAY_ALLOW_NETWORK": "10.0.0.0/8",
            "FLOCK_RELAY_RETRY_MAX_RETRIES": "9", "FLOCK_RELAY_RETRY_BASE_DELAY": "9s",
            "FLOCK_RELAY_RETRY_MULTIPLIER": "9", "FLOCK_RELAY_RETRY_MAX_DELAY": "9s", "FLOCK_RELAY_RETRY_JITTER": "0",
            "FLOCK_RELAY_RETRY_FINAL_STATUSES": "410",
        ]
        let applied = try await SettingsHarness.read(environment: reloadable)
        #expect(applied.needingRestart(comparedTo: before).isEmpty)
        let others = reloadable.merging(["FLOCK_RELAY_TIMEOUT": "1s", "FLOCK_RELAY_FORMAT": "flock"]) { $1 }
        let changed = try await SettingsHarness.read(environment: others)
        #expect(Set(changed.needingRestart(comparedTo: before).map(\.name)) == ["timeout", "format"])
        #expect(before.needingRestart(comparedTo: before).isEmpty)
        let adopted = before.adopting(changed)
        #expect(values(adopted) == values(applied), "the other keys keep their values")
    }
}
