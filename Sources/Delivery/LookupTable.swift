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

/// Which names are known, which are being looked up, and who waits for them: decides, and leaves the looking up to
/// ``NameResolver``.
///
/// A name is looked up by one thread at a time, however many ask for it. A look-up that hangs is waited for no longer
/// than its waiters want; the next ones join it.
package struct LookupTable: Sendable {
    package struct Limits: Sendable {
        /// How long an answer serves.
        package var lifetime = Duration.seconds(5)
        /// How long a failure serves. Counts from the question if nobody answered: whatever waits for a name that hangs
        /// would fail in a moment otherwise, all of it.
        package var failureLifetime = Duration.seconds(1)
        /// Look-ups at one time; beyond it, further names fail at once.
        package var lookups = 512
        /// Names remembered before those that have expired are forgotten.
        package var names = 4_096

        package init() {}
    }

    package enum Answer: Hashable, Sendable {
        case known(LookupResult)
        /// To be looked up by whoever asked.
        case lookUp
        /// Somebody else looks it up already.
        case join
    }

    private enum Entry: Sendable {
        case beingLookedUp(since: MonotonicTime)
        case known(LookupResult, until: MonotonicTime)
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    private var lookupCount = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    package mutating func ask(_ host: String, now: MonotonicTime) -> Answer {
        switch entries[host] {
        case .known(let result, let until) where now < until: return .known(result)
        case .beingLookedUp: return .join
        case .known, nil: break
        }
        guard lookupCount < limits.lookups else { return .known(.unanswered) }
        if entries.count >= limits.names { forgetExpired(now) }
        entries[host] = .beingLookedUp(since: now)
        lookupCount += 1
        return .lookUp
    }

    package mutating func ended(_ host: String, _ result: LookupResult, now: MonotonicTime) {
        lookupCount -= 1
        let until =
            switch result {
            case .found: now + limits.lifetime
            case .notFound: now + limits.failureLifetime
            case .unanswered: asked(host, before: now) + limits.failureLifetime
            }
        entries[host] = .known(result, until: until)
    }

    private func asked(_ host: String, before now: MonotonicTime) -> MonotonicTime {
        if case .beingLookedUp(let since) = entries[host] { since } else { now }
    }

    package var nameCount: Int { entries.count }

    private mutating func forgetExpired(_ now: MonotonicTime) {
        entries = entries.filter { entry in
            if case .known(_, let until) = entry.value { now < until } else { true }
        }
    }
}
