internal import Foundation
internal import Settings
internal import UnixSocket

/// The state directory, which one daemon at a time may use.
enum StateDirectory {
    /// Checks what can be checked without creating, changing or locking anything.
    static func check(_ path: String) throws {
        var nearest = path
        while !DirectoryAccess.exists(nearest) { nearest = DirectoryAccess.parent(of: nearest) }
        if let problem = DirectoryAccess.problem(nearest) {
            throw SettingsError(
                "state-dir: \(path) cannot be used: \(problem); make sure that it can be written to, or choose another with "
                    + "--state-dir")
        }
        for file in ["lock", "outbox.sqlite"] {
            do {
                try FileLock.check("\(path)/\(file)")
            } catch {
                throw SettingsError("state-dir: \(error)")
            }
        }
    }

    /// Creates the directory with mode 0700 if it is missing, and locks it.
    static func lock(_ path: String) throws -> FileLock {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: NSNumber(value: 0o700)])
        } catch {
            throw SettingsError(
                "state-dir: \(path) cannot be created; create it yourself, or choose another with --state-dir")
        }
        do {
            return try FileLock(path: path + "/lock")
        } catch .unusable(_, let reason) {
            throw SettingsError(
                "state-dir: \(path) cannot be used: \(reason); make sure that it can be written to, or choose another "
                    + "with --state-dir")
        }
    }
}
