import Daemon
import Foundation
import Glibc
import Settings
import TestSupport
import Testing
import UnixSocket

@Suite struct StartCheckTests {
    /// What is wrong with these settings, in a directory whose entries are the same afterwards.
    private func problems(
        _ commandLine: [String: String], environment: [String: String] = [:], in directory: String
    ) async throws -> [String] {
        let before = try entries(directory)
        let defaults = ["socket": directory + "/events.sock", "state-dir": directory + "/state"]
        let sources = try SettingsSources(
            commandLine: defaults.merging(commandLine) { $1 }.filter { !$0.value.isEmpty }, environment: environment,
            configFile: nil)
        let found = await StartCheck(try SettingsReader(sources).read(), paths: DefaultPaths(environment: environment))
            .problems
        #expect(try entries(directory) == before, "the check changes nothing")
        return found
    }

    private func entries(_ directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory).sorted()
    }

    @Test func aUsableConfigurationHasNoProblems() async throws {
        try await TemporaryDirectory.with { directory in
            #expect(try await problems([:], in: directory).isEmpty)
            #expect(try await problems(["state-dir": directory + "/a/b/c"], in: directory).isEmpty, "serve creates it")
            #expect(try await problems(["state-dir": directory], in: directory).isEmpty)
            let socket = try ListeningSocket(path: directory + "/events.sock", mode: 0o600)
            #expect(try await problems([:], in: directory).isEmpty, "a relay that runs is no problem")
            close(socket.descriptor)
            socket.remove()
        }
    }

    @Test func aStateDirectoryThatCannotBeUsedIsReported() async throws {
        try await TemporaryDirectory.with { directory in
            try Data().write(to: URL(fileURLWithPath: directory + "/file"))
            #expect(unsafe symlink("/nowhere/at/all", directory + "/dangling") == 0)
            #expect(
                unsafe mkdir(directory + "/taken", 0o700) == 0 && mkdir(directory + "/taken/outbox.sqlite", 0o700) == 0)
            #expect(unsafe mkdir(directory + "/linked", 0o700) == 0 && symlink("/x", directory + "/linked/lock") == 0)
            for path in ["file", "file/x", "dangling", "dangling/x", "taken", "linked"] {
                let found = try await problems(["state-dir": "\(directory)/\(path)"], in: directory)
                #expect(found.count == 1 && found[0].hasPrefix("state-dir: "), "\(path): \(found)")
            }
        }
    }

    @Test func aSocketThatCannotBeBoundIsReported() async throws {
        try await TemporaryDirectory.with { directory in
            try Data().write(to: URL(fileURLWithPath: directory + "/file"))
            #expect(unsafe mkdir(directory + "/locked.sock.lock", 0o700) == 0)
            let long = String(repeating: "x", count: 108 - directory.utf8.count - 1)
            for (path, word) in [
                ("missing/events.sock", "No such file"), ("file/events.sock", "not a directory"),
                ("file", "not a socket"), ("locked.sock", "lock"),
                (long, "107 bytes"),
            ] {
                let full = "\(directory)/\(path)"
                let status = try await problems(["status-socket": full], in: directory)
                #expect(status.count == 1 && status[0].hasPrefix("status-socket: "), "\(status)")
                #expect(status.first?.contains(word) == true && status.first?.contains(full) == true, "\(status)")
                let events = try await problems(["socket": full, "status-socket": directory + "/s"], in: directory)
                #expect(events.count == 1 && events[0].hasPrefix("socket: "), "\(events)")
                #expect(throws: SocketError.self, "serve meets the same") {
                    try ListeningSocket(path: full, mode: 0o600)
                }
            }
            let exact = "\(directory)/\(long.dropLast())"
            #expect(try await problems(["socket": exact, "status-socket": directory + "/s"], in: directory).isEmpty)
        }
    }

    @Test func theDefaultDirectoryOfTheSocketsMayBeMissing() async throws {
        try await TemporaryDirectory.with { directory in
            let environment = ["RUNTIME_DIRECTORY": directory + "/run"]
            #expect(try await problems(["socket": ""], environment: environment, in: directory).isEmpty)
            let deeper = ["RUNTIME_DIRECTORY": directory + "/run/deeper"]
            let found = try await problems(["socket": ""], environment: deeper, in: directory)
            #expect(found.count == 2 && found.allSatisfy { $0.contains(directory + "/run") }, "\(found)")
        }
    }

    @Test func certificatesThatCannotBeUsedAreReported() async throws {
        try await TemporaryDirectory.with { directory in
            try Data("no certificate".utf8).write(to: URL(fileURLWithPath: directory + "/text.pem"))
            for file in ["missing.pem", "text.pem"] {
                let found = try await problems(["ca-file": "\(directory)/\(file)"], in: directory)
                #expect(found.count == 1 && found[0].hasPrefix("ca-file: \(directory)/\(file)"), "\(found)")
            }
        }
    }

    @Test func anAddressOfAnotherMachineIsReported() async throws {
        try await TemporaryDirectory.with { directory in
            let found = try await problems(["metrics-listen": "192.0.2.1:9464"], in: directory)
            #expect(
                found.count == 1 && found[0].hasPrefix("metrics-listen: cannot listen on 192.0.2.1:9464"), "\(found)")
            let unknown = try await problems(["metrics-listen": "nowhere.invalid:9464"], in: directory)
            #expect(unknown.count == 1 && unknown[0].hasPrefix("metrics-listen: "), "\(unknown)")
            let relay = try await RawReceiver()
            let used = try await problems(["metrics-listen": "127.0.0.1:\(relay.port)"], in: directory)
            #expect(used.isEmpty, "a relay that runs is no problem")
        }
    }

    @Test func everyProblemIsReported() async throws {
        try await TemporaryDirectory.with { directory in
            let found = try await problems(
                [
                    "socket": "/nowhere/a", "status-socket": "/nowhere/b", "state-dir": "/dev/null",
                    "ca-file": "/nowhere/c",
                ],
                in: directory)
            #expect(
                found.map { String($0.prefix { $0 != ":" }) } == ["socket", "status-socket", "state-dir", "ca-file"])
        }
    }
}
