import Foundation
import Glibc
import Synchronization

/// A receiver that answers 200 to every POST, on one thread and with as little work as possible.
final class Sink: Sendable {
    enum Behavior { case answers, staysSilent }

    let arrivals = Arrivals()
    /// Ports of 127.0.0.1; each is one origin.
    let ports: [UInt16]
    private let delays = Mutex<[Double]>([])
    private let isStopped = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// Starts the receiver.
    ///
    /// - Parameter readsCreation: whether to note how long after their `created_at` requests arrive.
    init(origins: Int = 1, behavior: Behavior = .answers, readsCreation: Bool = false) throws {
        let listeners = try (0..<origins).map { _ in try TCPSocket.listen() }
        ports = listeners.map(\.port)
        let thread = Thread { [self] in
            var loop = SinkLoop(self, listeners.map(\.descriptor), behavior, readsCreation: readsCreation)
            while !isStopped.load(ordering: .relaxed) { loop.turn() }
            loop.close()
            finished.signal()
        }
        thread.name = "sink"
        thread.start()
    }

    var urls: [String] { ports.map { "http://127.0.0.1:\($0)/hook" } }

    /// Milliseconds from the `created_at` of each request to its arrival, if they are read.
    var creationDelays: [Double] { delays.withLock { $0 } }

    func note(delay: Double) { delays.withLock { $0.append(delay) } }

    /// Closes all connections.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        finished.wait()
    }
}
