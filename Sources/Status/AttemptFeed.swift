internal import Synchronization

/// Passes finished attempts on to the readers of `/attempts`. No reader slows an attempt: what it leaves
/// unread is bounded, and then lost to it and counted.
package final class AttemptFeed: Sendable {
    package static let maxReaders = 32

    private struct State {
        var readers: [ObjectIdentifier: AttemptReader] = [:]
        var isEnded = false
    }

    private let state = Mutex(State())
    private let readerCount = Atomic(0)
    private let keepAlive: Duration

    /// - Parameter keepAlive: after how long without an attempt a reader gets a blank line.
    package init(keepAlive: Duration = .seconds(15)) { self.keepAlive = keepAlive }

    /// One atomic load, so that an attempt without a reader costs nothing.
    package var hasReaders: Bool { readerCount.load(ordering: .relaxed) > 0 }

    package func publish(_ attempt: FinishedAttempt) {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.add(attempt) }
    }

    /// A new reader, which gets what is published from now on.
    ///
    /// - Returns: nil if there are ``maxReaders`` already, or ``end(within:)`` was called.
    func reader(_ filter: AttemptFilter) -> AttemptReader? {
        let reader = AttemptReader(filter) { [weak self] in self?.remove($0) }
        let isAdmitted = state.withLock { state in
            guard !state.isEnded, state.readers.count < Self.maxReaders else { return false }
            state.readers[ObjectIdentifier(reader)] = reader
            readerCount.store(state.readers.count, ordering: .relaxed)
            return true
        }
        guard isAdmitted else { return nil }
        reader.keepAlive(every: keepAlive)
        return reader
    }

    private func remove(_ reader: AttemptReader) {
        state.withLock { state in
            state.readers[ObjectIdentifier(reader)] = nil
            readerCount.store(state.readers.count, ordering: .relaxed)
        }
    }

    /// Ends all readers after they have got what was published, or after `limit`.
    package func end(within limit: Duration) async {
        let readers = state.withLock { state in
            state.isEnded = true
            return Array(state.readers.values)
        }
        for reader in readers { reader.end() }
        let deadline = ContinuousClock.now + limit
        while hasReaders, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
    }
}
