import AsyncAlgorithms
import LocalHTTP
import NIOCore
import Synchronization

/// A body that another server sends, passed on part by part. Nothing is read ahead of the reader.
final class PassedStream: HTTPBodyStream {
    private let parts = AsyncChannel<ByteBuffer>()
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter read: reads the body and sends its parts; cancelled by ``close()``.
    func start(_ read: @escaping @Sendable () async -> Void) {
        task.withLock {
            $0 = Task {
                await read()
                parts.finish()
            }
        }
    }

    /// Returns when the reader has taken the part.
    func send(_ part: ByteBuffer) async { await parts.send(part) }

    func next() async -> ByteBuffer? { await parts.first { _ in true } }

    func close() {
        task.withLock { $0 }?.cancel()
        parts.finish()
    }
}
