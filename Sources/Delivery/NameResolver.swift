package import Events
internal import Synchronization

/// Looks up the addresses of names without ever blocking its caller longer than that caller wants.
package final class NameResolver: Sendable {
    /// Starts a look-up, and tells its result once, at any time, on any thread.
    package typealias LookUp = @Sendable (String, _ ended: @escaping @Sendable (LookupResult) -> Void) -> Void

    private struct State {
        var table: LookupTable
        var waiters: [String: [UInt64: CheckedContinuation<LookupResult, Never>]] = [:]
        var lastWaiter: UInt64 = 0

        /// The answer; unless it is known, the waiter is kept under the number.
        mutating func ask(
            _ host: String, now: MonotonicTime, _ waiter: CheckedContinuation<LookupResult, Never>
        ) -> (LookupTable.Answer, UInt64) {
            let answer = table.ask(host, now: now)
            if case .known = answer { return (answer, 0) }
            lastWaiter += 1
            waiters[host, default: [:]][lastWaiter] = waiter
            return (answer, lastWaiter)
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

    /// The address that a URL's host is, or all that its name has.
    package func host(of url: WebhookURL, within limit: Duration) async -> LookupResult {
        if let literal = url.addressLiteral { return .found([.v4(literal)]) }
        return await addresses(of: url.origin.host, within: limit)
    }

    /// All addresses of a name, from memory if it was looked up just now.
    ///
    /// - Parameter limit: the longest wait; then the answer is `unanswered`, while the look-up itself goes on.
    package func addresses(of host: String, within limit: Duration) async -> LookupResult {
        await withCheckedContinuation { continuation in
            let now = time.now().monotonic
            let (answer, waiter) = state.withLock { $0.ask(host, now: now, continuation) }
            switch answer {
            case .known(let result):
                continuation.resume(returning: result)
                return
            case .lookUp: lookUp(host) { [self] in ended(host, $0) }
            case .join: break
            }
            Task {
                try? await Task.sleep(for: limit)
                giveUp(host, waiter)
            }
        }
    }

    /// How many wait for an answer.
    package var waiterCount: Int { state.withLock { $0.waiters.values.map(\.count).reduce(0, +) } }

    private func ended(_ host: String, _ result: LookupResult) {
        let now = time.now().monotonic
        let waiters = state.withLock { state in
            state.table.ended(host, result, now: now)
            return state.waiters.removeValue(forKey: host) ?? [:]
        }
        for waiter in waiters.values { waiter.resume(returning: result) }
    }

    private func giveUp(_ host: String, _ waiter: UInt64) {
        state.withLock { $0.waiters[host]?.removeValue(forKey: waiter) }?.resume(returning: .unanswered)
    }
}
