internal import Foundation
internal import Frames
internal import Glibc

/// The whole of a sender process: requests come in on stdin, outcomes go out on stdout.
///
/// Ends when stdin does and nothing is in flight, or at once when the daemon is gone.
package enum SenderMain {
    /// - Parameters:
    ///   - connectionsPerHost: the session's limit, above what the daemon uses (row 6 of urlsession.md).
    ///   - processor: the only one to run on. Most of URLSession's cost is waking its own threads elsewhere.
    /// - Returns: never; the process ends.
    package static func run(connectionsPerHost: Int, processor: Int?) -> Never {
        if let processor { ProcessLimits.pin(to: processor) }
        ProcessLimits.limitMemory()
        // A Ctrl-C in a terminal reaches the whole process group; only the daemon decides when senders end.
        for signal in [SIGTERM, SIGINT, SIGPIPE] { _ = Glibc.signal(signal, SIG_IGN) }
        let outbox = MessageWriter()
        let poster = Poster(connectionsPerHost: connectionsPerHost) { outbox.write($0) }
        outbox.write(.ready)
        read(into: poster)
        poster.waitUntilIdle()
        exit(0)
    }

    private static func read(into poster: Poster) {
        var splitter = FrameSplitter()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            splitter.append(chunk[..<count])
            do throws(FrameError) {
                while let frame = try splitter.next() { poster.post(try SendRequest(decoding: frame)) }
            } catch {
                exit(65)
            }
        }
    }
}

/// Writes messages to stdout, each whole.
private final class MessageWriter: Sendable {
    private let lock = NSLock()

    func write(_ message: SenderMessage) {
        let bytes = message.encoded()
        lock.withLock {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                // Nobody reads any more: the daemon is gone.
                guard count > 0 else { exit(0) }
                rest = rest.dropFirst(count)
            }
        }
    }
}
