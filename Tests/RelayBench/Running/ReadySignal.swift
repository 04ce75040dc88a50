import Glibc
import UnixSocket

/// The socket on which a daemon says that it is ready (`sd_notify(3)`).
final class ReadySignal {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        _ = unsafe unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard try SocketAddress.bind(descriptor, to: path) else {
            throw Failure("cannot listen on \(path): \(Failure.reason)")
        }
    }

    deinit {
        close(descriptor)
        _ = unsafe unlink(path)
    }

    /// Whether `READY=1` comes within this time.
    func hasCome(milliseconds: Int32) -> Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waited, 1, milliseconds) == 1 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).contains("READY=1")
    }
}
