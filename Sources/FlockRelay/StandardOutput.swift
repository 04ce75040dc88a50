import Foundation
import Glibc
import Terminal

/// What a command prints for people, on a terminal or elsewhere.
struct StandardOutput {
    /// The program that read the output has ended.
    struct Closed: Error {}

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether to write colours: only on a terminal that can show them, and not if `NO_COLOR` is set (no-color.org).
    static var isColored: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
            && !["", "dumb"].contains(environment["TERM"] ?? "")
    }

    /// Writes all of a text at once. Blocks while it is not read.
    static func write(_ text: String) throws(Closed) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // The terminal was set to non-blocking by another program that shares it.
                wait(for: POLLOUT, atMost: 1_000)
            } else if errno != EINTR {
                throw Closed()
            }
        }
    }

    /// - Throws: ``Closed`` if the pipe has no reader any more, which without a write would not be noticed.
    static func check() throws(Closed) {
        if wait(for: 0, atMost: 0) & Int32(POLLERR) != 0 { throw Closed() }
    }

    /// - Returns: what `poll(2)` reports.
    @discardableResult
    private static func wait(for events: Int32, atMost milliseconds: Int32) -> Int32 {
        var polled = pollfd(fd: STDOUT_FILENO, events: Int16(events), revents: 0)
        unsafe poll(&polled, 1, milliseconds)
        return Int32(polled.revents)
    }
}
