import Foundation
import Glibc
import NIOCore
import NIOPosix
import TestSupport
import Testing
import UnixSocket

@Suite struct ListeningSocketTests {
    @Test("The socket has the requested mode, whatever the umask", arguments: [0o600, 0o660, 0o666] as [UInt32])
    func mode(_ mode: UInt32) async throws {
        try await TemporaryDirectory.with { directory in
            let socket = try ListeningSocket(path: directory + "/s", mode: mode)
            defer { end(socket) }
            #expect(try permissions(directory + "/s") == Int(mode))
            #expect(try permissions(directory + "/s.lock") == 0o600)
            #expect(try isSocket(directory + "/s"))
        }
    }

    @Test func secondDaemonIsRejected() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let first = try ListeningSocket(path: path, mode: 0o660)
            defer { end(first) }
            #expect(throws: SocketError.alreadyRunning(path: path + ".lock")) {
                try ListeningSocket(path: path, mode: 0o660)
            }
            #expect(try isSocket(path), "the first one keeps its socket")
        }
    }

    @Test func aSecondDaemonStartsAfterTheFirstEnds() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            end(try ListeningSocket(path: path, mode: 0o660))
            #expect(!FileManager.default.fileExists(atPath: path))
            end(try ListeningSocket(path: path, mode: 0o660))
        }
    }

    @Test func aSocketThatAcceptsConnectionsIsNotReplaced() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: path).get()
            #expect(throws: SocketError.alreadyRunning(path: path)) { try ListeningSocket(path: path, mode: 0o660) }
            #expect(try isSocket(path))
            try await other.close()
        }
    }

    @Test func leftOverSocketIsReplaced() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            try leaveSocket(path)
            let socket = try ListeningSocket(path: path, mode: 0o660)
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .withBoundSocket(socket.descriptor).get()
            let writer = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path).get()
            try await writer.close()
            try await server.close()
            socket.remove()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func leftOverSocketWhoseLockIsHeldIsNotTouched() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            try leaveSocket(path)
            let starting = try FileLock(path: path + ".lock")
            defer { starting.release() }
            #expect(throws: SocketError.alreadyRunning(path: path + ".lock")) {
                try ListeningSocket(path: path, mode: 0o660)
            }
            #expect(try isSocket(path))
        }
    }

    @Test func fileThatIsNoSocketIsNeverRemoved() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: SocketError.self) { try ListeningSocket(path: path, mode: 0o660) }
            #expect(error != .alreadyRunning(path: path))
            #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
            try FileManager.default.removeItem(atPath: path)
            end(try ListeningSocket(path: path, mode: 0o660))
        }
    }

    @Test func neitherDirectoryNorLinkIsASocket() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(throws: SocketError.self) { try ListeningSocket(path: path, mode: 0o660) }
            let link = directory + "/link"
            try leaveSocket(directory + "/other")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory + "/other")
            #expect(throws: SocketError.self) { try ListeningSocket(path: link, mode: 0o660) }
            #expect(try isSocket(directory + "/other"))
        }
    }

    @Test func unusablePathsAreReported() async throws {
        try await TemporaryDirectory.with { directory in
            let long = directory + "/" + String(repeating: "s", count: 108 - directory.utf8.count - 1)
            let error = #expect(throws: SocketError.self) { try ListeningSocket(path: long, mode: 0o660) }
            #expect(error?.description.contains("107") == true)
            end(try ListeningSocket(path: String(long.dropLast()), mode: 0o660))
            #expect(throws: SocketError.self) { try ListeningSocket(path: directory + "/none/s", mode: 0o660) }
        }
    }

    // MARK: Renewal

    @Test func aRemovedFileIsNoticedAndBoundAgain() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let first = try ListeningSocket(path: path, mode: 0o600)
            #expect(first.isInPlace)
            try FileManager.default.removeItem(atPath: path)
            #expect(!first.isInPlace)
            let second = try first.renewed()
            #expect(second.isInPlace && !first.isInPlace)
            #expect(try permissions(path) == 0o600)
            #expect(throws: SocketError.alreadyRunning(path: path + ".lock")) {
                try ListeningSocket(path: path, mode: 0o600)
            }
            first.remove()
            #expect(try isSocket(path), "the file of the second one is not the first one's to remove")
            close(first.descriptor)
        }
    }

    @Test func aRemovedLockFileIsTakenAgain() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let first = try ListeningSocket(path: path, mode: 0o600)
            try FileManager.default.removeItem(atPath: path + ".lock")
            #expect(!first.isInPlace)
            let second = try first.renewed()
            #expect(second.isInPlace)
            end(second)
            end(try ListeningSocket(path: path, mode: 0o600))
            close(first.descriptor)
        }
    }

    @Test func aPathThatAnotherDaemonLockedIsLeftToIt() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let first = try ListeningSocket(path: path, mode: 0o600)
            defer { end(first) }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.removeItem(atPath: path + ".lock")
            let other = try ListeningSocket(path: path, mode: 0o600)
            #expect(throws: SocketError.alreadyRunning(path: path + ".lock")) { try first.renewed() }
            #expect(other.isInPlace)
            end(other)
            end(try first.renewed())
        }
    }

    @Test func aSocketOfAnotherProgramIsNotReplacedWhileItAnswers() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let first = try ListeningSocket(path: path, mode: 0o600)
            defer { end(first) }
            try FileManager.default.removeItem(atPath: path)
            let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: path).get()
            #expect(throws: SocketError.alreadyRunning(path: path)) { try first.renewed() }
            try await other.close()
            let second = try first.renewed()
            #expect(second.isInPlace)
            second.remove()
            close(second.descriptor)
        }
    }

    @Test func anAdoptedSocketIsNeverRemoved() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/s"
            let bound = try ListeningSocket(path: path, mode: 0o600)
            #expect(throws: SocketError.self) { try ListeningSocket(adopting: bound.descriptor) }
            bound.raiseBacklog()
            let adopted = try ListeningSocket(adopting: bound.descriptor)
            #expect(adopted.path == path)
            adopted.remove()
            #expect(try isSocket(path))
            try FileManager.default.removeItem(atPath: path)
            #expect(!adopted.isInPlace)
            let error = #expect(throws: SocketError.self) { try adopted.renewed() }
            #expect(error?.description.contains("restart the socket unit") == true)
            end(bound)
        }
    }

    /// Closes the socket as a daemon and its server do at their end.
    private func end(_ socket: ListeningSocket) {
        socket.remove()
        close(socket.descriptor)
    }

    /// A socket file as a killed daemon leaves it: bound, and without a listener.
    private func leaveSocket(_ path: String) throws {
        let socket = try ListeningSocket(path: path + "-old", mode: 0o660)
        close(socket.descriptor)
        try FileManager.default.moveItem(atPath: path + "-old", toPath: path)
        #expect(try isSocket(path))
    }

    private func isSocket(_ path: String) throws -> Bool {
        try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeSocket
    }
}
