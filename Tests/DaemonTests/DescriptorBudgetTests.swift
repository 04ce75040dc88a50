import Daemon
import Settings
import Testing

@Suite struct DescriptorBudgetTests {
    private func settings(_ values: [String: String] = [:]) throws -> RelaySettings {
        let paths = ["socket": "/nowhere/events.sock", "state-dir": "/nowhere", "sessions": "2"]
        return try SettingsReader(
            SettingsSources(commandLine: paths.merging(values) { $1 }, environment: [:], configFile: nil)
        ).read()
    }

    /// The number that the error message asks for.
    private func needed(_ values: [String: String] = [:]) throws -> Int {
        let error = try #require(throws: SettingsError.self) { try DescriptorBudget(settings(values), limit: 0) }
        let number = try #require(error.description.firstMatch(of: /at least (\d+)/))
        return try #require(Int(number.1))
    }

    @Test("The message asks for the smallest limit that is enough")
    func smallestLimit() throws {
        let needed = try needed()
        #expect(throws: SettingsError.self) { try DescriptorBudget(settings(), limit: needed - 1) }
        let budget = try DescriptorBudget(settings(), limit: needed)
        #expect(budget.maxWriters == 2 && budget.maxStatusConnections == 4)
        #expect(budget.maxReceiverConnections == 4 && budget.maxLookups == 2)
    }

    @Test("More sessions and more sockets need more descriptors, an outbox in memory fewer")
    func settingsMatter() throws {
        let needed = try needed()
        #expect(try self.needed(["sessions": "3"]) > needed)
        #expect(try self.needed(["metrics-listen": "127.0.0.1:0"]) > needed)
        #expect(try self.needed(["ephemeral": "true"]) < needed)
    }

    @Test(
        "All shares together never exceed the limit",
        arguments: [0, 1, 7, 63, 1_000, 4_000, 65_536, 1 << 20, Int.max - 4_096])
    func shares(_ spare: Int) throws {
        let needed = try needed()
        let budget = try DescriptorBudget(settings(["metrics-listen": "127.0.0.1:0"]), limit: needed + 8 + spare)
        let used =
            budget.maxWriters - 2 + 2 * (budget.maxStatusConnections - 4) + budget.maxReceiverConnections - 4
            + 3 * (budget.maxLookups - 2)
        #expect(used <= spare + 8)
        #expect(budget.maxStatusConnections <= 256 && budget.maxLookups <= 512)
    }
}
