import Foundation
import TestSupport
import Testing
import UnixSocket

@Suite struct FileLockTests {
    @Test func aLockIsHeldByOneHolderAtATime() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/lock"
            let first = try FileLock(path: path)
            #expect(throws: SocketError.alreadyRunning(path: path)) { try FileLock(path: path) }
            first.release()
            try FileLock(path: path).release()
        }
    }

    @Test func aLeftOverLockFileDoesNotBlock() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/lock"
            try Data("left over".utf8).write(to: URL(fileURLWithPath: path))
            try FileLock(path: path).release()
            #expect(FileManager.default.contents(atPath: path) == Data("left over".utf8))
        }
    }

    @Test func theLockFileIsReadableByItsOwnerOnly() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/lock"
            try FileLock(path: path).release()
            #expect(try permissions(path) == 0o600)
        }
    }

    @Test func symbolicLinkIsNotFollowed() async throws {
        try await TemporaryDirectory.with { directory in
            let target = directory + "/target"
            try FileManager.default.createSymbolicLink(atPath: directory + "/lock", withDestinationPath: target)
            #expect(throws: SocketError.self) { try FileLock(path: directory + "/lock") }
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test func aMissingDirectoryIsReported() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/missing/lock"
            let error = #expect(throws: SocketError.self) { try FileLock(path: path) }
            #expect(error?.description.contains(path) == true)
            #expect(error != .alreadyRunning(path: path))
        }
    }
}

/// The permission bits of a file.
func permissions(_ path: String) throws -> Int? {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
}
