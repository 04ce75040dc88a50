internal import Foundation
internal import Settings
internal import UnixSocket

/// The directory that belongs to one daemon at a time.
enum StateDirectory {
    /// Makes the directory if it is missing, closed to others, and takes its lock.
    static func lock(_ path: String) throws -> FileLock {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: NSNumber(value: 0o700)])
        } catch {
            throw SettingsError("state-dir: \(path) cannot be made; create it, or choose another with --state-dir")
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
