package import Domain

/// A batch of lines as ``IntakeQueue`` sees it.
package protocol IntakeQueueEntry {
    var connection: Int { get }
    /// Of its lines.
    var bytes: Int { get }
    /// Whether its writer reads acknowledgements, and so can be made to wait.
    var canWait: Bool { get }
    var arrivedAt: MonotonicTime { get }
}

/// Which batches of lines go into the next commit, and what happens to them while commits fail. Pure.
///
/// While commits fail, batches of writers that read acknowledgements wait until one works. Other writers must never be
/// blocked for long: their batches are dropped after ``maxWait``. While commits fail, they are tried again also without
/// any batch, so that it is noticed when they work.
package struct IntakeQueue<Entry: IntakeQueueEntry> {
    /// How long a batch of a writer that reads no acknowledgements waits while commits fail.
    package static var maxWait: Duration { .seconds(1) }
    /// Bytes of lines that one commit takes beside the batch that has waited longest, so that no batch waits for long
    /// behind writers that send much at the same time.
    private static var commitBytes: Int { 16 << 20 }

    /// What to do with a batch that arrived.
    package enum Arrival: Equatable {
        /// Call ``nextCommit(now:)`` until it returns nil.
        case startCommitting
        case wait
        case drop
    }

    /// What must work before events count as accepted again.
    package struct Verification: Equatable {
        /// Bytes that the outbox must have room for.
        package let bytes: Int
        /// Nothing has been written since commits failed: a write must be tried.
        package let needsWrite: Bool
    }

    /// What the outbox had no room for.
    private struct Overflow {
        let lineBytes: Int
        let bodyBytes: Int
    }

    private struct Failure {
        let since: MonotonicTime
        /// nil: commits fail for another reason.
        var overflow: Overflow?
        /// Batches that the next commit takes at most. Halved with each failure: a disk with little room takes what fits.
        var maxBatches = Int.max
    }

    private struct Commit {
        let begunAt: MonotonicTime
        var connections: Set<Int>
        /// Of its lines.
        let bytes: Int

        /// The same once its batches are through.
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
    /// The oldest first. No connection has more than one.
    private var waiting: [Entry] = []

    package init() {}

    package mutating func arrive(_ entry: Entry, now: MonotonicTime) -> Arrival {
        if case .failing(let failure, _) = state, !entry.canWait {
            // A batch smaller than what had no room may fit, if none waits for that room.
            let mayFit = waiting.isEmpty && entry.bytes < failure.overflow?.lineBytes ?? 0
            if !mayFit, Self.isOverdue(entry, failure, now) { return .drop }
        }
        waiting.append(entry)
        if case .idle = state { return .startCommitting }
        return .wait
    }

    /// The batches of the next commit; none while commits fail and nothing waits.
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

    /// The commit worked.
    ///
    /// - Parameter wrote: whether it wrote anything.
    /// - Returns: nil if commits worked before; else what must be verified before ``recovered()``.
    package mutating func committed(wrote: Bool) -> Verification? {
        switch state {
        case .idle: preconditionFailure("a commit ended that was never begun")
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

    /// What had to be verified works.
    package mutating func recovered() {
        guard case .failing(_, let commit) = state else { preconditionFailure("recovered, but nothing had failed") }
        state = .committing(commit)
    }

    /// The commit failed, or what had to be verified after it.
    ///
    /// - Parameter neededBytes: bytes of bodies that the outbox had no room for; nil: it failed for another reason.
    /// - Returns: the batches that have waited long enough, to be dropped.
    package mutating func failed(neededBytes: Int?, now: MonotonicTime) -> [Entry] {
        var failure: Failure
        let commit: Commit
        switch state {
        case .idle: preconditionFailure("a commit failed that was never begun")
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

    /// - Parameter begun: what arrived later has not been tried yet.
    private mutating func dropOverdue(
        _ failure: Failure, triedSince begun: MonotonicTime, _ now: MonotonicTime
    ) -> [Entry] {
        let dropped = waiting.filter { $0.arrivedAt <= begun && Self.isOverdue($0, failure, now) }
        let connections = Set(dropped.map(\.connection))
        waiting.removeAll { connections.contains($0.connection) }
        return dropped
    }

    /// A batch that arrives while commits fail already does not wait anew, or a writer whose one write fills several
    /// batches would be blocked for as many times ``maxWait``.
    private static func isOverdue(_ entry: Entry, _ failure: Failure, _ now: MonotonicTime) -> Bool {
        !entry.canWait && now - min(entry.arrivedAt, failure.since) > maxWait
    }
}
