import Foundation
import Synchronization

/// A directory of the user's own that is removed with this object, or when the benchmark is interrupted.
final class ScratchDirectory {
    /// Short enough for the paths of Unix-domain sockets.
    let path = "/tmp/rb-\(UUID().uuidString.prefix(8))"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: NSNumber(value: 0o700)])
        _ = Self.interrupts
        Self.existing.withLock { _ = $0.insert(path) }
    }

    deinit {
        Self.existing.withLock { _ = $0.remove(path) }
        try? FileManager.default.removeItem(atPath: path)
    }

    private static let existing = Mutex<Set<String>>([])

    /// Handles the signals that end the benchmark, from the first use on.
    private static let interrupts: Void = {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                for path in existing.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
                _exit(128 + number)
            }
            source.resume()
            // It is needed until the process ends.
            _ = unsafe Unmanaged.passRetained(source as AnyObject)
        }
    }()
}
