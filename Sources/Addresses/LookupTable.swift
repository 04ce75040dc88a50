internal import DequeModule
package import Domain

/// Tracks which names are known, being looked up or queued, and decides which is looked up next. Pure: ``NameResolver``
/// runs the look-ups and resumes the callers.
///
/// Each name has at most one look-up at a time; further callers join it. A caller waits no longer than its own limit,
/// even if the look-up hangs.
///
/// Once the maximum number of look-ups run, further names are queued. Names of origins that answered the last time go
/// first, and the last eighth of the look-ups is reserved for them. Without that, any number of names whose servers do
/// not answer could occupy all look-ups until those time out.
package struct LookupTable: Sendable {
    package struct Limits: Sendable {
        /// How long an answer is used.
        package var lifetime = Duration.seconds(5)
        /// How long a failure is used. For a look-up without an answer, this counts from its start: otherwise all
        /// deliveries to a name whose servers hang would fail together.
        package var failureLifetime = Duration.seconds(1)
        /// The most look-ups at one time. Further names are queued.
        package var lookups = 512
        /// The number of remembered names at which expired ones are removed.
        package var names = 4_096

        package init() {}

        package init(lookups: Int) { self.lookups = lookups }

        /// The most look-ups for origins that did not answer the last time.
        fileprivate var unreservedLookups: Int { lookups - lookups / 8 }
    }

    package enum Answer: Hashable, Sendable {
        case known(LookupResult)
        /// The caller must look the name up.
        case lookUp
        /// The name is being looked up, or queued.
        case join
    }

    private enum Entry: Sendable {
        case queued(isAnswering: Bool)
        case beingLookedUp(since: MonotonicTime, isAnswering: Bool)
        case known(LookupResult, until: MonotonicTime)
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    /// The two queues contain exactly the names whose entry is `queued`.
    private var answeringQueue: Deque<String> = []
    private var queue: Deque<String> = []
    private var lookupCount = 0
    /// Running look-ups for origins that did not answer the last time.
    private var unreservedCount = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The result of an earlier look-up, while it is used.
    package func known(_ host: String, now: MonotonicTime) -> LookupResult? {
        if case .known(let result, let until) = entries[host], now < until { result } else { nil }
    }

    /// - Parameter isAnswering: whether the origin that needs the name answered the last time. If several origins need
    ///   a queued name, one that answered is enough to give the name priority.
    package mutating func find(_ host: String, isAnswering: Bool, now: MonotonicTime) -> Answer {
        switch entries[host] {
        case .known(let result, let until) where now < until: return .known(result)
        case .queued(isAnswering: false) where isAnswering: abandon(host)  // queued again below
        case .beingLookedUp, .queued: return .join
        case .known, nil: break
        }
        if rememberedCount >= limits.names { forgetExpired(now) }
        guard hasRoom(isAnswering: isAnswering) else {
            enqueue(host, isAnswering: isAnswering)
            return .join
        }
        begin(host, isAnswering: isAnswering, now)
        return .lookUp
    }

    /// - Returns: the queued name to look up next, in place of the look-up that ended; nil if there is none.
    package mutating func ended(_ host: String, _ result: LookupResult, now: MonotonicTime) -> String? {
        guard case .beingLookedUp(let since, let isAnswering) = entries[host] else {
            preconditionFailure("a look-up ended that never began")
        }
        lookupCount -= 1
        if !isAnswering { unreservedCount -= 1 }
        let until =
            switch result {
            case .found: now + limits.lifetime
            case .notFound: now + limits.failureLifetime
            case .unanswered: since + limits.failureLifetime
            case .notDone: now
            }
        entries[host] = .known(result, until: until)
        return beginNext(now)
    }

    package func isQueued(_ host: String) -> Bool { if case .queued = entries[host] { true } else { false } }

    /// Removes a name from the queue, because no caller waits for it any more. A look-up that has begun continues.
    package mutating func abandon(_ host: String) {
        guard case .queued(let isAnswering) = entries[host] else { return }
        entries[host] = nil
        // Linear, but the queue has no more names than attempts are in flight.
        if isAnswering { answeringQueue.removeAll { $0 == host } } else { queue.removeAll { $0 == host } }
    }

    package var nameCount: Int { entries.count }

    // MARK: Look-ups

    private func hasRoom(isAnswering: Bool) -> Bool {
        lookupCount < limits.lookups && (isAnswering || unreservedCount < limits.unreservedLookups)
    }

    private mutating func enqueue(_ host: String, isAnswering: Bool) {
        entries[host] = .queued(isAnswering: isAnswering)
        if isAnswering { answeringQueue.append(host) } else { queue.append(host) }
    }

    private mutating func begin(_ host: String, isAnswering: Bool, _ now: MonotonicTime) {
        entries[host] = .beingLookedUp(since: now, isAnswering: isAnswering)
        lookupCount += 1
        if !isAnswering { unreservedCount += 1 }
    }

    private mutating func beginNext(_ now: MonotonicTime) -> String? {
        if hasRoom(isAnswering: true), let host = answeringQueue.popFirst() {
            begin(host, isAnswering: true, now)
            return host
        }
        if hasRoom(isAnswering: false), let host = queue.popFirst() {
            begin(host, isAnswering: false, now)
            return host
        }
        return nil
    }

    // MARK: Memory

    /// Names that are queued or being looked up do not count, because they cannot be removed.
    private var rememberedCount: Int { entries.count - lookupCount - answeringQueue.count - queue.count }

    private mutating func forgetExpired(_ now: MonotonicTime) {
        entries = entries.filter { entry in
            if case .known(_, let until) = entry.value { now < until } else { true }
        }
    }
}
