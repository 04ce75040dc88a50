package import Domain

/// A batch of lines as ``IntakeQueue`` sees it.
package protocol IntakeQueueEntry {
    var connection: Int { get }
    /// Bytes of its lines.
    var bytes: Int { get }
    /// Whether its writer reads acknowledgements, and so may be blocked.
    var mayBlock: Bool { get }
    /// The writer waits for acknowledgements on a connection that is closed: it sends its lines again on a new one.
    var isAbandoned: Bool { get }
    var arrivedAt: MonotonicTime { get }
}

/// Selects the batches of lines for the next commit, and decides what happens to them while commits fail. Pure.
///
/// While commits fail, batches of writers that read acknowledgements wait until a commit succeeds. Other writers must
/// not be blocked for long, so their batches are dropped after ``maxWait``. While commits fail, they are retried even
/// without a batch, so that intake notices when they work again.
package struct IntakeQueue<Entry: IntakeQueueEntry> {
    /// How long a batch of a writer that reads no acknowledgements waits while commits fail.
    package static var maxWait: Duration { .seconds(1) }
    /// Maximum bytes of lines that one commit takes in addition to the batch that has waited longest. It keeps commits
    /// short when several writers send much at the same time.
    private static var commitBytes: Int { 16 << 20 }

    /// What to do with a new batch.
    package enum Arrival: Equatable {
        /// Call ``nextCommit(now:)`` until it returns nil.
        case startCommitting
        case wait
        case drop
    }

    /// What must succeed before intake reports that it accepts events again.
    package struct Verification: Equatable {
        /// Bytes that the outbox must have room for.
        package let bytes: Int
        /// Whether a write must be tried, because nothing has been written since commits failed.
        package let needsWrite: Bool

        package init(bytes: Int, needsWrite: Bool) {
            self.bytes = bytes
            self.needsWrite = needsWrite
        }
    }

    /// The size of a commit that the outbox had no room for.
    private struct Overflow {
        let lineBytes: Int
        let bodyBytes: Int
    }

    private struct Failure {
        let since: MonotonicTime
        /// nil: commits fail for another reason.
        var overflow: Overflow?
        /// Maximum number of batches in the next commit. Halved with each failure, so that a nearly full disk takes
        /// what fits.
        var maxBatches = Int.max
    }

    private struct Commit {
        let begunAt: MonotonicTime
        var connections: Set<Int>
        /// Bytes of its lines.
        let bytes: Int

        /// The same commit after its batches are decided.
        var withoutBatches: Commit {
            var commit = self
            commit.connections = []
            return commit
        }
    }

    private enum State {
        case idle
        case committing(Commit)
        case failing(Failure, Commit)
    }

    private var state = State.idle
    /// The oldest first. Each connection has at most one.
    private var waiting: [Entry] = []

    package init() {}

    /// No commit is under way, and none is needed.
    var isIdle: Bool { if case .idle = state { waiting.isEmpty } else { false } }

    package mutating func arrive(_ entry: Entry, now: MonotonicTime) -> Arrival {
        if case .failing(let failure, _) = state, !entry.mayBlock {
            // A batch smaller than the one that did not fit may fit, if no other batch waits for the room.
            let mayFit = waiting.isEmpty && entry.bytes < failure.overflow?.lineBytes ?? 0
            if !mayFit, Self.isOverdue(entry, failure, now) { return .drop }
        }
        let arrival: Arrival = isIdle ? .startCommitting : .wait
        waiting.append(entry)
        return arrival
    }

    /// Begins the next commit and returns its batches: none while commits fail and no batch waits.
    ///
    /// - Returns: nil if there is nothing to commit.
    package mutating func nextCommit(now: MonotonicTime) -> [Entry]? {
        var failure: Failure?
        if case .failing(let current, _) = state { failure = current }
        if waiting.isEmpty && failure == nil {
            state = .idle
            return nil
        }
        let places = CommitShare.places(of: waiting.map(\.bytes), within: Self.commitBytes)
        let entries = places.prefix(failure?.maxBatches ?? .max).map { waiting[$0] }
        let commit = Commit(
            begunAt: now, connections: Set(entries.map(\.connection)), bytes: entries.reduce(0) { $0 + $1.bytes })
        state = failure.map { .failing($0, commit) } ?? .committing(commit)
        return entries
    }

    /// The commit succeeded.
    ///
    /// - Parameter wrote: whether it wrote anything.
    /// - Returns: nil if commits did not fail before; else what must be verified before ``recovered()``.
    package mutating func committed(wrote: Bool) -> Verification? {
        switch state {
        case .idle: preconditionFailure("a commit succeeded that was not begun")
        case .committing(let commit):
            remove(commit)
            return nil
        case .failing(var failure, let commit):
            remove(commit)
            failure.maxBatches = .max
            state = .failing(failure, commit.withoutBatches)
            return Verification(bytes: failure.overflow?.bodyBytes ?? 0, needsWrite: !wrote)
        }
    }

    private mutating func remove(_ commit: Commit) {
        waiting.removeAll { commit.connections.contains($0.connection) }
    }

    /// The verification succeeded.
    package mutating func recovered() {
        guard case .failing(_, let commit) = state else { preconditionFailure("recovered, but nothing had failed") }
        state = .committing(commit)
    }

    /// The commit, or the verification after it, failed.
    ///
    /// - Parameter neededBytes: bytes of bodies that the outbox had no room for; nil: it failed for another reason.
    /// - Returns: the batches to drop, because they have waited too long.
    package mutating func failed(neededBytes: Int?, now: MonotonicTime) -> [Entry] {
        var failure: Failure
        let commit: Commit
        switch state {
        case .idle: preconditionFailure("a commit failed that was not begun")
        case .committing(let current): (failure, commit) = (Failure(since: now), current)
        case .failing(let known, let current): (failure, commit) = (known, current)
        }
        if !commit.connections.isEmpty {
            failure.maxBatches = max(1, commit.connections.count / 2)
            failure.overflow = neededBytes.map { Overflow(lineBytes: commit.bytes, bodyBytes: $0) }
        } else if neededBytes == nil {
            failure.overflow = nil
        }
        state = .failing(failure, commit)
        return dropOverdue(failure, triedSince: commit.begunAt, now)
    }

    /// Removes the batches of writers that are gone, so that a writer that reconnects for as long as commits fail does not
    /// leave a connection behind each time.
    package mutating func takeAbandoned() -> [Entry] { remove(waiting.filter(\.isAbandoned)) }

    private mutating func remove(_ entries: [Entry]) -> [Entry] {
        let connections = Set(entries.map(\.connection))
        waiting.removeAll { connections.contains($0.connection) }
        return entries
    }

    /// Ends a series of failures without a decision.
    /// - Returns: the batches that still waited.
    package mutating func abandon() -> [Entry] {
        defer { (state, waiting) = (.idle, []) }
        return waiting
    }

    /// - Parameter begun: batches that arrived later have not been tried yet, so they are kept.
    private mutating func dropOverdue(
        _ failure: Failure, triedSince begun: MonotonicTime, _ now: MonotonicTime
    ) -> [Entry] {
        remove(waiting.filter { $0.arrivedAt <= begun && Self.isOverdue($0, failure, now) })
    }

    /// Counts the wait from the start of the failure, if the batch arrived later. Otherwise a writer whose one write
    /// fills several batches would be blocked for ``maxWait`` per batch.
    private static func isOverdue(_ entry: Entry, _ failure: Failure, _ now: MonotonicTime) -> Bool {
        !entry.mayBlock && now - min(entry.arrivedAt, failure.since) > maxWait
    }
}
