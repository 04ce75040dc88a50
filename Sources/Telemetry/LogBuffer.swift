internal import Dispatch
internal import Domain
internal import Glibc
internal import Synchronization

/// Log lines that wait to be written to a file descriptor, so that logging never blocks.
///
/// A reader may stop reading the descriptor, for example a paused terminal or a full pipe. Lines that do not fit into
/// the buffer are then dropped and counted, and the next line that fits is preceded by one that says how many.
package final class LogBuffer: Sendable {
    /// Bytes of lines, including those that are being written.
    package static let capacity = 1 << 20
    /// How long a line that is not urgent waits to be written together with others.
    private static let delay = DispatchTimeInterval.milliseconds(5)

    private enum Phase {
        case idle
        /// Lines wait for others; a write is scheduled.
        case delayed
        /// A write has been asked for, or is in progress.
        case writing
    }

    private enum Step {
        case wait
        case write
        case writeLater
    }

    private struct State {
        var waiting: [UInt8] = []
        /// Bytes that the writing thread has taken and not yet written.
        var beingWritten = 0
        private var phase = Phase.idle
        /// Lines dropped since the last one that fitted.
        var droppedInARow = 0
        var dropped = 0

        mutating func add(_ line: String, isUrgent: Bool, _ notice: (Int) -> String) -> Step {
            let text = droppedInARow > 0 ? notice(droppedInARow) + line : line
            guard waiting.count + beingWritten + text.utf8.count <= LogBuffer.capacity else {
                droppedInARow += 1
                dropped += 1
                return .wait
            }
            droppedInARow = 0
            waiting += text.utf8
            return next(isUrgent: isUrgent)
        }

        private mutating func next(isUrgent: Bool) -> Step {
            switch phase {
            case .idle where !isUrgent:
                phase = .delayed
                return .writeLater
            case .idle,
                .delayed where isUrgent:
                phase = .writing
                return .write
            case .delayed, .writing: return .wait
            }
        }

        /// - Returns: nil if nothing waits; writing has then ended.
        mutating func take() -> [UInt8]? {
            beingWritten = waiting.count
            phase = waiting.isEmpty ? .idle : .writing
            defer { waiting = [] }
            return waiting.isEmpty ? nil : waiting
        }
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    /// The only thread that writes, and so the only one that a reader can block.
    private let queue = DispatchQueue(label: "log")

    /// - Parameter descriptor: it is never closed.
    package init(descriptor: Int32 = STDERR_FILENO) { self.descriptor = descriptor }

    /// Lines dropped since the start.
    package var droppedCount: Int { state.withLock { $0.dropped } }

    /// Adds a line, or drops it if there is no room.
    ///
    /// - Parameters:
    ///   - isUrgent: false: the line may wait some milliseconds for others.
    ///   - notice: the line that says how many lines were dropped before this one.
    package func add(_ line: String, isUrgent: Bool = true, notice: (Int) -> String = { _ in "" }) {
        switch state.withLock({ $0.add(line, isUrgent: isUrgent, notice) }) {
        case .wait: break
        case .write: queue.async { self.write() }
        case .writeLater: queue.asyncAfter(deadline: .now() + Self.delay) { self.write() }
        }
    }

    /// Waits until everything is written, but no longer than `limit`. Call it before the process ends.
    package func flush(within limit: Duration) {
        let written = DispatchSemaphore(value: 0)
        queue.async {
            self.write()
            written.signal()
        }
        _ = written.wait(timeout: .now() + limit.inSeconds)
    }

    private func write() {
        while let bytes = state.withLock({ $0.take() }) { write(bytes) }
    }

    /// Drops the lines if the descriptor fails, for example because its reader is gone.
    private func write(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    unsafe rest = rest.dropFirst(count)
                    state.withLock { $0.beingWritten -= count }
                } else if errno == EAGAIN {
                    waitUntilWritable()
                } else if errno != EINTR {
                    return unsafe giveUp(rest)
                }
            }
        }
    }

    private func giveUp(_ rest: Slice<UnsafeRawBufferPointer>) {
        let lines = unsafe rest.count { $0 == UInt8(ascii: "\n") }
        state.withLock { state in
            state.beingWritten = 0
            state.dropped += lines
            state.droppedInARow += lines
        }
    }

    /// Another process may have made the descriptor non-blocking, because it shares the open file.
    private func waitUntilWritable() {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
    }
}
