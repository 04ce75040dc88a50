internal import DequeModule
package import Domain

/// Which names are known, which are being looked up, which are queued, and in which order they go. Pure: ``NameResolver``
/// looks up, and keeps the callers that wait.
///
/// A name is looked up by one thread at a time, however many callers want it. A caller waits for a look-up that hangs no
/// longer than it wants to; the next callers join the look-up.
///
/// When as many look-ups run as may, further names are queued. Names of origins that answered the last time go first, and
/// the last eighth of the look-ups is reserved for them: a name whose servers do not answer holds its look-up until that
/// gives up, and there may be any number of such names.
package struct LookupTable: Sendable {
    package struct Limits: Sendable {
        /// How long an answer is used.
        package var lifetime = Duration.seconds(5)
        /// How long a failure is used. Counts from the start of a look-up that got no answer: otherwise all deliveries that
        /// wait for a name whose servers hang would fail at once.
        package var failureLifetime = Duration.seconds(1)
        /// Look-ups at one time; beyond it, further names are queued.
        package var lookups = 512
        /// Names remembered before those that have expired are forgotten.
        package var names = 4_096

        package init() {}

        /// How many of the look-ups may be for origins that did not answer the last time.
        fileprivate var unreservedLookups: Int { lookups - lookups / 8 }
    }

    package enum Answer: Hashable, Sendable {
        case known(LookupResult)
        /// The caller is to look the name up.
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
    /// The names whose entry is queued, and no others.
    private var answeringQueue: Deque<String> = []
    private var queue: Deque<String> = []
    private var lookupCount = 0
    /// Those that were begun for origins that did not answer the last time.
    private var unreservedCount = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// - Parameter isAnswering: whether the origin that needs the name answered the last time. A host may have several
    ///   origins; a queued name goes by the best of those that need it.
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

    /// - Returns: the queued name to be looked up now: one at most, for one look-up ended.
    package mutating func ended(_ host: String, _ result: LookupResult, now: MonotonicTime) -> String? {
        guard case .beingLookedUp(let since, let isAnswering) = entries[host] else {
            preconditionFailure("a look-up ended that was never begun")
        }
        lookupCount -= 1
        if !isAnswering { unreservedCount -= 1 }
        let until =
            switch result {
            case .found: now + limits.lifetime
            case .notFound: now + limits.failureLifetime
            case .unanswered: since + limits.failureLifetime
            }
        entries[host] = .known(result, until: until)
        return beginNext(now)
    }

    /// No caller waits for the name any more: it leaves the queue. A look-up that has begun goes on.
    package mutating func abandon(_ host: String) {
        guard case .queued(let isAnswering) = entries[host] else { return }
        entries[host] = nil
        // A search through the queue, which holds no more names than attempts are in flight.
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

    /// Names that are queued or being looked up do not count: forgetting would free none of them.
    private var rememberedCount: Int { entries.count - lookupCount - answeringQueue.count - queue.count }

    private mutating func forgetExpired(_ now: MonotonicTime) {
        entries = entries.filter { entry in
            if case .known(_, let until) = entry.value { now < until } else { true }
        }
    }
}
