package import Domain
internal import Synchronization

/// Looks up the addresses of names. No caller waits longer than its own limit.
package final class NameResolver: Sendable {
    /// Starts a look-up and calls `ended` once with the result, at any time and on any thread.
    package typealias LookUp = @Sendable (String, _ ended: @escaping @Sendable (LookupResult) -> Void) -> Void

    private typealias Waiter = CheckedContinuation<LookupResult, Never>

    private struct State {
        var table: LookupTable
        var waiters: [String: [UInt64: Waiter]] = [:]
        var lastWaiter: UInt64 = 0

        /// The answer. Unless the result is known, the waiter is stored under the returned number.
        mutating func find(
            _ host: String, isAnswering: Bool, now: MonotonicTime, _ waiter: Waiter
        ) -> (LookupTable.Answer, UInt64) {
            let answer = table.find(host, isAnswering: isAnswering, now: now)
            if case .known = answer { return (answer, 0) }
            lastWaiter += 1
            waiters[host, default: [:]][lastWaiter] = waiter
            return (answer, lastWaiter)
        }

        /// Removes the waiter and returns it with its result; nil if it was resumed. A queued name leaves the queue with
        /// its last waiter.
        mutating func giveUp(_ host: String, _ waiter: UInt64) -> (Waiter, LookupResult)? {
            guard let continuation = waiters[host]?.removeValue(forKey: waiter) else { return nil }
            let result = table.isQueued(host) ? LookupResult.notDone(.lookups) : .unanswered
            if waiters[host]?.isEmpty == true {
                waiters[host] = nil
                table.abandon(host)
            }
            return (continuation, result)
        }
    }

    private let state: Mutex<State>
    private let lookUp: LookUp
    private let time: any TimeSource

    package init(table: LookupTable = LookupTable(), time: any TimeSource, lookUp: @escaping LookUp) {
        state = Mutex(State(table: table))
        self.time = time
        self.lookUp = lookUp
    }

    /// All addresses of an origin's host if no look-up is needed, else nil.
    package func known(_ origin: Origin) -> LookupResult? {
        if let literal = origin.addressLiteral { return .found([literal]) }
        let now = time.now().monotonic
        return state.withLock { $0.table.known(origin.host, now: now) }
    }

    /// All addresses of an origin's host, which is a name or an address.
    package func host(of origin: Origin, within limit: Duration, isAnswering: Bool) async -> LookupResult {
        if let literal = origin.addressLiteral { return .found([literal]) }
        return await addresses(of: origin.host, within: limit, isAnswering: isAnswering)
    }

    /// All addresses of a name, from memory if it was looked up recently.
    ///
    /// - Parameters:
    ///   - limit: the longest wait, including in the queue. After it the result is `unanswered`, or `notDone` for a name
    ///     that is still queued. A look-up that has begun continues.
    ///   - isAnswering: whether the origin answered the last time. Its name then has priority when names are queued.
    package func addresses(of host: String, within limit: Duration, isAnswering: Bool) async -> LookupResult {
        await withCheckedContinuation { continuation in
            let now = time.now().monotonic
            let (answer, waiter) = state.withLock {
                $0.find(host, isAnswering: isAnswering, now: now, continuation)
            }
            switch answer {
            case .known(let result):
                continuation.resume(returning: result)
                return
            case .lookUp: begin(host)
            case .join: break
            }
            Task {
                try? await time.sleep(for: limit)
                giveUp(host, waiter)
            }
        }
    }

    /// Callers that wait for a result.
    package var waiterCount: Int { state.withLock { $0.waiters.values.map(\.count).reduce(0, +) } }

    private func begin(_ host: String) { lookUp(host) { [self] in ended(host, $0) } }

    private func ended(_ host: String, _ result: LookupResult) {
        let now = time.now().monotonic
        let (next, waiters) = state.withLock { state in
            (state.table.ended(host, result, now: now), state.waiters.removeValue(forKey: host) ?? [:])
        }
        if let next { begin(next) }
        for waiter in waiters.values { waiter.resume(returning: result) }
    }

    private func giveUp(_ host: String, _ waiter: UInt64) {
        if let (waiter, result) = state.withLock({ $0.giveUp(host, waiter) }) { waiter.resume(returning: result) }
    }
}
