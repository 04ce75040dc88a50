import Daemon
import Foundation
import TestSupport
import Testing

@Suite struct DefaultPathsTests {
    static let states: [(environment: [String: String], directory: String)] = [
        (["STATE_DIRECTORY": "/var/lib/flock-relay", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/var/lib/flock-relay"),
        (["STATE_DIRECTORY": "/one:/two"], "/one"), (["XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/flock-relay"),
        (["HOME": "/h"], "/h/.local/state/flock-relay"),
        (["STATE_DIRECTORY": "", "XDG_STATE_HOME": "", "HOME": "/h"], "/h/.local/state/flock-relay"),
    ]

    @Test(arguments: states)
    func stateDirectory(_ environment: [String: String], _ directory: String) {
        #expect(DefaultPaths(environment: environment).stateDirectory == directory)
    }

    static let candidates: [(environment: [String: String], user: UInt32, directories: [String])] = [
        ([:], 0, ["/run/flock-relay", "/tmp/flock-relay-0"]),
        ([:], 1_000, ["/tmp/flock-relay-1000", "/run/flock-relay"]),
        (
            ["XDG_RUNTIME_DIR": "/run/user/1000"], 1_000,
            ["/run/user/1000/flock-relay", "/run/flock-relay", "/tmp/flock-relay-1000"]
        ),
        (
            ["XDG_RUNTIME_DIR": "/run/user/0"], 0,
            ["/run/flock-relay", "/run/user/0/flock-relay", "/tmp/flock-relay-0"]
        ),
        (
            ["RUNTIME_DIRECTORY": "/run/relay:/run/other", "XDG_RUNTIME_DIR": "/run/user/1000"], 1_000,
            ["/run/relay", "/run/flock-relay", "/run/user/1000/flock-relay", "/tmp/flock-relay-1000"]
        ),
    ]

    @Test("Where commands look for a daemon, the likeliest first", arguments: candidates)
    func looksFor(_ environment: [String: String], _ user: UInt32, _ directories: [String]) {
        #expect(DefaultPaths(environment: environment, user: user).candidateDirectories == directories)
    }

    static let status: [(socket: String, status: String)] = [
        ("/run/flock-relay/events.sock", "/run/flock-relay/status.sock"), ("/events.sock", "/status.sock"),
        ("events.sock", "status.sock"), ("./events.sock", "./status.sock"), ("a/b.sock", "a/status.sock"),
    ]

    @Test(arguments: status)
    func statusSocket(_ socket: String, _ status: String) {
        #expect(DefaultPaths(environment: [:]).statusSocket(beside: socket) == status)
    }

    @Test func eventSocketOfSystemdAndOfASession() async throws {
        try await TemporaryDirectory.with { directory in
            let given = DefaultPaths(
                environment: ["RUNTIME_DIRECTORY": directory, "XDG_RUNTIME_DIR": "/nowhere"], user: 0)
            let first = try given.eventSocket()
            #expect(first == directory + "/events.sock")
            let session = DefaultPaths(environment: ["XDG_RUNTIME_DIR": directory], user: 1_000)
            let second = try session.eventSocket()
            #expect(second == directory + "/flock-relay/events.sock")
            let type = try FileManager.default.attributesOfItem(atPath: directory + "/flock-relay")[.type]
            #expect(type as? FileAttributeType == .typeDirectory)
        }
    }

    @Test("A directory in /tmp that is somebody else's is not used")
    func temporaryDirectory() throws {
        let stranger: UInt32 = 4_000_000_123
        let path = "/tmp/flock-relay-\(stranger)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let paths = DefaultPaths(environment: [:], user: stranger)
        let error = #expect(throws: SettingsError.self) { try paths.eventSocket() }
        #expect(error?.description.contains(path) == true)
        #expect(throws: SettingsError.self, "nor later") { try paths.eventSocket() }
    }
}
