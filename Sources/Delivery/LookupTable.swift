internal import DequeModule
package import Events

/// What a look-up of a name brought.
package enum LookupResult: Hashable, Sendable {
    /// At least one address.
    case found([IPAddress])
    /// The name has no address.
    case notFound
    /// Its name servers do not answer, or not now.
    case unanswered

    package var addresses: [IPAddress]? { if case .found(let addresses) = self { addresses } else { nil } }
}

/// Which names are known, which are being looked up, which wait for their turn, and in which order: decides, and leaves
/// the looking up, and those who wait for it, to ``NameResolver``.
///
/// A name is looked up by one thread at a time, however many ask for it. A look-up that hangs is waited for no longer
/// than its waiters want; the next ones join it.
///
/// When as many look-ups are under way as may be, further names are queued, for they are not to blame. Names whose
/// origin answered the last time go first, and alone may use the last eighth: names that nobody answers hold every
/// look-up that they get for as long as it lasts, and there may be any number of them.
package struct LookupTable: Sendable {
    package struct Limits: Sendable {
        /// How long an answer serves.
        package var lifetime = Duration.seconds(5)
        /// How long a failure serves. Counts from the question if nobody answered: whatever waits for a name that hangs
        /// would fail in a moment otherwise, all of it.
        package var failureLifetime = Duration.seconds(1)
        /// Look-ups at one time; beyond it, further names are queued.
        package var lookups = 512
        /// Names remembered before those that have expired are forgotten.
        package var names = 4_096

        package init() {}

        /// How many of the look-ups may be for names that are not trusted.
        fileprivate var untrustedLookups: Int { lookups - lookups / 8 }
    }

    package enum Answer: Hashable, Sendable {
        case known(LookupResult)
        /// To be looked up by whoever asked.
        case lookUp
        /// Somebody else looks it up already, or will when its turn has come.
        case join
    }

    private enum Entry: Sendable {
        case queued(isTrusted: Bool)
        case beingLookedUp(since: MonotonicTime, isTrusted: Bool)
        case known(LookupResult, until: MonotonicTime)
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    /// The names whose entry is queued, and no others.
    private var trustedQueue: Deque<String> = []
    private var queue: Deque<String> = []
    private var lookupCount = 0
    /// Those of them that were begun for names that are not trusted.
    private var untrustedCount = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// - Parameter isTrusted: whether the origin that asks answered the last time. A host may have several origins; a
    ///   name that is queued goes by the best of those that asked.
    package mutating func ask(_ host: String, isTrusted: Bool, now: MonotonicTime) -> Answer {
        switch entries[host] {
        case .known(let result, let until) where now < until: return .known(result)
        case .queued(isTrusted: false) where isTrusted: abandon(host)  // and asks anew, as trusted
        case .beingLookedUp, .queued: return .join
        case .known, nil: break
        }
        if rememberedCount >= limits.names { forgetExpired(now) }
        guard hasRoom(isTrusted: isTrusted) else {
            enqueue(host, isTrusted: isTrusted)
            return .join
        }
        begin(host, isTrusted: isTrusted, now)
        return .lookUp
    }

    /// - Returns: the name whose turn has come, to be looked up now: one at most, for one ended.
    package mutating func ended(_ host: String, _ result: LookupResult, now: MonotonicTime) -> String? {
        guard case .beingLookedUp(let since, let isTrusted) = entries[host] else { return nil }
        lookupCount -= 1
        if !isTrusted { untrustedCount -= 1 }
        let until =
            switch result {
            case .found: now + limits.lifetime
            case .notFound: now + limits.failureLifetime
            case .unanswered: since + limits.failureLifetime
            }
        entries[host] = .known(result, until: until)
        return beginNext(now)
    }

    /// Nobody waits for the name any more: it loses its turn if it is queued. A look-up that has begun goes on.
    package mutating func abandon(_ host: String) {
        guard case .queued(let isTrusted) = entries[host] else { return }
        entries[host] = nil
        // A search through the queue, but no more names are in it than attempts in flight.
        if isTrusted { trustedQueue.removeAll { $0 == host } } else { queue.removeAll { $0 == host } }
    }

    package var nameCount: Int { entries.count }

    // MARK: Look-ups

    private func hasRoom(isTrusted: Bool) -> Bool {
        lookupCount < limits.lookups && (isTrusted || untrustedCount < limits.untrustedLookups)
    }

    private mutating func enqueue(_ host: String, isTrusted: Bool) {
        entries[host] = .queued(isTrusted: isTrusted)
        if isTrusted { trustedQueue.append(host) } else { queue.append(host) }
    }

    private mutating func begin(_ host: String, isTrusted: Bool, _ now: MonotonicTime) {
        entries[host] = .beingLookedUp(since: now, isTrusted: isTrusted)
        lookupCount += 1
        if !isTrusted { untrustedCount += 1 }
    }

    private mutating func beginNext(_ now: MonotonicTime) -> String? {
        if hasRoom(isTrusted: true), let host = trustedQueue.popFirst() {
            begin(host, isTrusted: true, now)
            return host
        }
        if hasRoom(isTrusted: false), let host = queue.popFirst() {
            begin(host, isTrusted: false, now)
            return host
        }
        return nil
    }

    // MARK: Memory

    /// Names that are queued or being looked up do not count: forgetting would free none of them.
    private var rememberedCount: Int { entries.count - lookupCount - trustedQueue.count - queue.count }

    private mutating func forgetExpired(_ now: MonotonicTime) {
        entries = entries.filter { entry in
            if case .known(_, let until) = entry.value { now < until } else { true }
        }
    }
}
