import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// Files of the relay that are removed or replaced while it runs.
    @Suite struct FileWatchTests {
        private static let files = FileManager.default

        private func publish(_ id: String, _ writer: LineClient, _ receiver: RawReceiver, _ workflow: String)
            async throws
        {
            try await writer.send(Lines.registration(workflow, receiver.url()), Lines.artifact(id, workflow))
            try await eventually("\(id) arrives") { receiver.requests.contains { $0.artifact == id } }
        }

        /// Writers can connect again after their socket's file was removed; connections go on.
        @Test func aRemovedEventSocketIsBoundAgain() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let early = try await relay.writer(grace: false)
                try await publish("a1", early, receiver, "c-1")
                for round in 1...3 {
                    try Self.files.removeItem(atPath: relay.eventSocket)
                    var late: LineClient?
                    try await eventually("a writer connects") {
                        late = try? await relay.writer(grace: false)
                        return late != nil
                    }
                    try await publish("b\(round)", try #require(late), receiver, "d-\(round)")
                    try await publish("c\(round)", early, receiver, "e-\(round)")
                }
                #expect(relay.logRecords("A socket file was removed or replaced; listening on a new one").count == 3)
                #expect(try await relay.ask("/readyz").status == 200)
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit() == .code(0))
                #expect(!Self.files.fileExists(atPath: relay.eventSocket))
            }
        }

        @Test(arguments: [false, true])
        func aStatusSocketThatIsGoneIsBoundAgain(replaced: Bool) async throws {
            try await RelayProcess.run { relay in
                try Self.files.removeItem(atPath: relay.statusSocket)
                if replaced { #expect(Self.files.createFile(atPath: relay.statusSocket, contents: nil)) }
                if replaced {
                    // A file that is not a socket belongs to another program: it stays.
                    try await eventually("the problem is logged") { relay.log.contains("cannot be bound again") }
                    try Self.files.removeItem(atPath: relay.statusSocket)
                }
                try await eventually("the status socket answers") { (try? await relay.ask("/readyz"))?.status == 200 }
            }
        }

        /// `/readyz` says why writers cannot connect, for as long as they cannot.
        @Test func anEventSocketThatCannotBeBoundAgainIsNotReady() async throws {
            try await RelayProcess.run { relay in
                try Self.files.removeItem(atPath: relay.eventSocket)
                #expect(Self.files.createFile(atPath: relay.eventSocket, contents: nil))
                try await eventually("the relay is not ready") {
                    let answer = try await relay.ask("/readyz")
                    return answer.status == 503 && answer.text.contains("events.sock")
                }
                try Self.files.removeItem(atPath: relay.eventSocket)
                try await eventually("the relay is ready") { try await relay.ask("/readyz").status == 200 }
                _ = try await relay.writer()
            }
        }

        /// The next start would not find what is acknowledged from now on, so the daemon ends.
        @Test(arguments: ["outbox.sqlite", "outbox.sqlite-wal", "lock"])
        func aRemovedStateFileEndsTheDaemon(name: String) async throws {
            try await RelayProcess.run { relay in
                try Self.files.removeItem(atPath: relay.stateDirectory + "/" + name)
                #expect(try await relay.waitForExit(within: .seconds(10)) == .code(75))
                #expect(relay.logRecords("The state directory has changed; stopping").count == 1)
                #expect(relay.log.contains("removed or replaced"))
            }
        }

        @Test func aReplacedOutboxEndsTheDaemonAndIsLeftAlone() async throws {
            try await RelayProcess.run { relay in
                let state = relay.stateDirectory
                try Self.files.moveItem(atPath: state, toPath: state + "-moved")
                try Self.files.createDirectory(atPath: state, withIntermediateDirectories: false)
                let names = ["lock", "outbox.sqlite", "outbox.sqlite-wal", "outbox.sqlite-shm"]
                for name in names {
                    #expect(Self.files.createFile(atPath: "\(state)/\(name)", contents: Data("x".utf8)))
                }
                #expect(try await relay.waitForExit(within: .seconds(10)) == .code(75))
                for name in names { #expect(Self.files.contents(atPath: "\(state)/\(name)") == Data("x".utf8)) }
            }
        }

        /// What was acknowledged before is delivered by the next start with the moved directory.
        @Test func noLineIsAcknowledgedIntoARemovedOutbox() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--drain-timeout", "3s") { relay in
                let writer = try await relay.writer(grace: false)
                try await publish("a1", writer, receiver, "c-1")
                try Self.files.removeItem(atPath: relay.stateDirectory)
                try await eventually("the relay is stopping") { relay.log.contains("The state directory has changed") }
                let acknowledged = writer.acknowledged
                try? await writer.send(Lines.artifact("a2", "c-1"))
                #expect(try await relay.waitForExit(within: .seconds(10)) == .code(75))
                #expect(writer.acknowledged == acknowledged)
            }
        }
    }
}
