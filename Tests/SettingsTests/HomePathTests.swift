import Domain
import Foundation
import Settings
import TestSupport
import Testing

@Suite struct HomePathTests {
    static let paths: [(written: String, meant: String)] = [
        ("~/x", "/home/u/x"), ("~", "/home/u"), ("~/", "/home/u/"), ("~/~/x", "/home/u/~/x"), ("./~/x", "./~/x"),
        ("/a/~/x", "/a/~/x"),
        ("x~", "x~"), ("", ""), ("./~u", "./~u"),
    ]

    @Test("A leading ~ is the home directory", arguments: paths)
    func expands(_ written: String, _ meant: String) throws {
        #expect(try HomePath.expanded(written, environment: ["HOME": "/home/u"]) == meant)
    }

    @Test(
        "Another user's home directory, or an unknown one, is an error",
        arguments: [
            ("~root/x", "/home/u"), ("~x", "/home/u"), ("~/x", ""), ("~", ""),
        ])
    func rejects(_ written: String, _ home: String) {
        let error = #expect(throws: SettingsError.self) { try HomePath.expanded(written, environment: ["HOME": home]) }
        #expect(error?.description.contains(written) == true)
    }

    @Test("Every source of every path means the home directory by ~/")
    func everySource() async throws {
        try await TemporaryDirectory.with { home in
            let secret = home + "/secret"
            #expect(
                FileManager.default.createFile(
                    atPath: secret, contents: Data("s3cret".utf8), attributes: [.posixPermissions: 0o600]))
            for (name, path) in [("socket", "~/s"), ("status-socket", "~/t"), ("state-dir", "~/x"), ("ca-file", "~/c")]
            {
                let variable = try #require(Setting.named(name)).environmentName
                let all = [
                    try await SettingsHarness.read(commandLine: [name: path], environment: ["HOME": home]),
                    try await SettingsHarness.read(environment: ["HOME": home, variable: path]),
                ]
                let shown = all.compactMap { Setting.named(name)?.show($0) }
                #expect(shown == [home + path.dropFirst(), home + path.dropFirst()], "\(name)")
            }
            let file = #"{"state-dir":"~/x","secret-file":"~/secret","ca-file":"~/c"}"#
            let settings = try await SettingsHarness.read(environment: ["HOME": home], file: file)
            #expect(settings.stateDirectory == home + "/x" && settings.caFile == home + "/c")
            #expect(settings.secrets.map(\.text) == ["s3cret"])
            try Data(#"{"timeout":"7s"}"#.utf8).write(to: URL(fileURLWithPath: home + "/relay.json"))
            let sources = try SettingsSources(
                commandLine: ["socket": "/s"], environment: ["HOME": home], configFile: "~/relay.json")
            #expect(try SettingsReader(sources).read().timeout == .seconds(7))
        }
    }

    @Test func anErrorNamesTheSettingAndItsSource() async {
        let problem = await SettingsHarness.problem(commandLine: ["state-dir": "~root/x"], environment: ["HOME": "/h"])
        #expect(problem.hasPrefix("state-dir (command line): ~root/x"))
        #expect(await SettingsHarness.problem(environment: ["FLOCK_RELAY_CA_FILE": "~/x"]).contains("HOME is not set"))
    }
}
