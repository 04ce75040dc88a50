import Foundation

/// A directory of the user's own that is removed with this object. Its path is short enough for Unix-domain sockets.
final class ScratchDirectory {
    let path = "/tmp/rb-\(UUID().uuidString.prefix(8))"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: NSNumber(value: 0o700)])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
