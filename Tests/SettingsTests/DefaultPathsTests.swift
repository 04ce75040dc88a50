import Foundation
import Glibc
import Settings
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
    func stateDirectoryFollowsTheEnvironment(_ environment: [String: String], _ directory: String) {
        #expect(DefaultPaths(environment: environment).stateDirectory == directory)
    }

    static let candidates: [(environment: [String: String], user: UInt32, directories: [String])] = [
        ([:], 0, ["/run/flock-relay"]), ([:], 1_000, ["/run/flock-relay"]),
        (["XDG_RUNTIME_DIR": "/run/user/1000"], 1_000, ["/run/user/1000/flock-relay", "/run/flock-relay"]),
        (["XDG_RUNTIME_DIR": "/run/user/0"], 0, ["/run/flock-relay", "/run/user/0/flock-relay"]),
        (
            ["RUNTIME_DIRECTORY": "/run/relay:/run/other", "XDG_RUNTIME_DIR": "/run/user/1000"], 1_000,
            ["/run/relay", "/run/flock-relay", "/run/user/1000/flock-relay"]
        ),
    ]

    @Test("Commands look for a daemon in these directories, in this order", arguments: candidates)
    func looksFor(_ environment: [String: String], _ user: UInt32, _ directories: [String]) {
        let paths = DefaultPaths(environment: environment, user: user, temporary: "/nowhere")
        #expect(paths.candidateDirectories == directories)
    }

    @Test("Commands look for a daemon in a directory in /tmp only if the user owns it and others cannot write to it")
    func looksInOurTemporaryDirectory() async throws {
        try await TemporaryDirectory.with { directory in
            let ours = "\(directory)/flock-relay-\(getuid())"
            let paths = DefaultPaths(environment: [:], temporary: directory)
            #expect(!paths.candidateDirectories.contains(ours), "the directory does not exist")
            #expect(unsafe mkdir(ours, 0o700) == 0)
            #expect(paths.candidateDirectories.contains(ours))
            #expect(unsafe chmod(ours, 0o750) == 0)
            #expect(!paths.candidateDirectories.contains(ours), "other users could have created a socket there")
            #expect(unsafe rmdir(ours) == 0 && symlink("/etc", ours) == 0)
            #expect(!paths.candidateDirectories.contains(ours), "a symbolic link may lead anywhere")

            let theirs = "\(directory)/flock-relay-4000000123"
            #expect(unsafe mkdir(theirs, 0o700) == 0)
            let other = DefaultPaths(environment: [:], user: 4_000_000_123, temporary: directory)
            #expect(!other.candidateDirectories.contains(theirs), "another user made it")
        }
    }

    static let status: [(socket: String, status: String)] = [
        ("/run/flock-relay/events.sock", "/run/flock-relay/status.sock"), ("/events.sock", "/status.sock"),
        ("events.sock", "status.sock"), ("./events.sock", "./status.sock"), ("a/b.sock", "a/status.sock"),
    ]

    @Test(arguments: status)
    func statusSocketLiesBesideTheEventSocket(_ socket: String, _ status: String) {
        #expect(DefaultPaths(environment: [:]).statusSocket(beside: socket) == status)
    }

    @Test func eventSocketOfSystemdAndOfASession() async throws {
        try await TemporaryDirectory.with { directory in
            let given = DefaultPaths(
                environment: ["RUNTIME_DIRECTORY": directory, "XDG_RUNTIME_DIR": "/nowhere"], user: 0)
            #expect(given.eventSocket == directory + "/events.sock")
            let session = DefaultPaths(environment: ["XDG_RUNTIME_DIR": directory], user: 1_000)
            let socket = session.eventSocket
            #expect(socket == directory + "/flock-relay/events.sock")
            #expect(!FileManager.default.fileExists(atPath: directory + "/flock-relay"), "naming it does not create it")
            try session.createDirectory(for: directory + "/other/events.sock")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty, "only the default directory")
            try session.createDirectory(for: socket)
            let type = try FileManager.default.attributesOfItem(atPath: directory + "/flock-relay")[.type]
            #expect(type as? FileAttributeType == .typeDirectory)
        }
    }

    @Test func aDirectoryThatCannotBeCreatedIsReported() {
        let paths = DefaultPaths(environment: ["XDG_RUNTIME_DIR": "/nowhere"], user: 1_000)
        let error = #expect(throws: SettingsError.self) { try paths.createDirectory(for: paths.eventSocket) }
        #expect(error?.description.contains("/nowhere/flock-relay") == true)
    }

    @Test("A directory in /tmp that another user owns is not used")
    func temporaryDirectory() async throws {
        try await TemporaryDirectory.with { directory in
            let paths = DefaultPaths(environment: [:], user: 4_000_000_123, temporary: directory)
            try paths.checkDirectory(for: paths.eventSocket)
            let error = #expect(throws: SettingsError.self) { try paths.createDirectory(for: paths.eventSocket) }
            #expect(error?.description.contains("\(directory)/flock-relay-4000000123") == true)
            #expect(throws: SettingsError.self, "nor later") { try paths.checkDirectory(for: paths.eventSocket) }
        }
    }
}
