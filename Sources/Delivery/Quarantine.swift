internal import DequeModule
package import Events

/// Finds the request that kills senders, at no cost to those that were in flight beside it.
///
/// What a sender had in flight when it died is suspect. Suspects are tried one at a time in a sender set apart, each
/// until nothing is left of it; the one in trial when that sender dies is the culprit. An origin with a culprit stays
/// apart until it answers a request without harm. An answer may kill after it has decided its request: origins with such
/// answers, when a sender dies, are watched: what goes to them next is tried apart, too.
package struct Quarantine: Sendable {
    /// A request in flight, by the id that the pool gave it.
    package struct Suspect: Hashable, Sendable {
        package let request: UInt64
        package let origin: Origin

        package init(request: UInt64, origin: Origin) {
            self.request = request
            self.origin = origin
        }
    }

    /// The one in trial when the sender set apart died.
    package struct Culprit: Hashable, Sendable {
        package let suspect: Suspect
        /// Its outcome was told before: there is nothing to charge.
        package let isDecided: Bool
    }

    /// In flight when a sender died: most of them are innocent, so they go first.
    private var suspects: Deque<Suspect> = []
    /// New requests to origins that killed a sender before, or may have.
    private var newcomers: Deque<Suspect> = []
    private var convictedOrigins: Set<Origin> = []
    private var watchedOrigins: Set<Origin> = []
    /// Origins whose last trial ran into its deadline: their other suspects go behind everybody else's.
    private var hangingOrigins: Set<Origin> = []
    package private(set) var trial: Suspect?
    /// How the trial was decided, if it is: whether it ran into its deadline.
    private var hasTimedOut: Bool?

    package init() {}

    /// Whether a new request to this origin must be tried apart.
    package func mustBeApart(_ origin: Origin) -> Bool {
        convictedOrigins.contains(origin) || watchedOrigins.contains(origin)
            || trial?.origin == origin && hasTimedOut != nil
    }

    /// The trial is decided by its deadline: nothing of it should be left at once.
    package var trialHasTimedOut: Bool { trial != nil && hasTimedOut == true }

    /// A new request to an origin that must be tried apart.
    package mutating func add(_ request: Suspect) { newcomers.append(request) }

    /// An ordinary sender died, or froze, with these in flight, and with answers of these origins not read to their end.
    package mutating func suspect(_ requests: [Suspect], unfinished origins: some Swift.Sequence<Origin>) {
        suspects.append(contentsOf: requests)
        watchedOrigins.formUnion(origins)
    }

    /// The next request for the sender set apart, if it is free.
    package mutating func startTrial() -> Suspect? {
        guard trial == nil else { return nil }
        hasTimedOut = nil
        if let next = suspects.firstIndex(where: { !hangingOrigins.contains($0.origin) }) {
            trial = suspects.remove(at: next)
        } else {
            trial = suspects.popFirst() ?? newcomers.popFirst()
        }
        return trial
    }

    /// The request in trial ended with an answer or an error of its own.
    ///
    /// - Parameter timedOut: whether it ran into its deadline, and all behind it waited so long.
    package mutating func decide(timedOut: Bool) { hasTimedOut = timedOut }

    /// Nothing is left of the request in trial, and the sender lives: it is innocent this time.
    ///
    /// - Returns: requests to its origin that need not be tried apart any more.
    package mutating func acquit() -> [Suspect] {
        guard let trial else { return [] }
        self.trial = nil
        watchedOrigins.remove(trial.origin)
        let wasConvicted = convictedOrigins.contains(trial.origin)
        if hasTimedOut == true {
            hangingOrigins.insert(trial.origin)
        } else {
            hangingOrigins.remove(trial.origin)
            convictedOrigins.remove(trial.origin)
        }
        if isEmpty { hangingOrigins = [] }
        // What queues up for a culprit goes on one by one, though this time it did no harm.
        return wasConvicted ? [] : release(trial.origin)
    }

    private mutating func release(_ origin: Origin) -> [Suspect] {
        let released = newcomers.filter { $0.origin == origin }
        newcomers.removeAll { $0.origin == origin }
        return Array(released)
    }

    /// The sender set apart died.
    /// - Returns: the culprit, if it died of a request.
    package mutating func convict() -> Culprit? {
        guard let trial else { return nil }
        self.trial = nil
        convictedOrigins.insert(trial.origin)
        return Culprit(suspect: trial, isDecided: hasTimedOut != nil)
    }

    /// Nothing is in trial and nothing waits for it.
    package var isEmpty: Bool { trial == nil && suspects.isEmpty && newcomers.isEmpty }
}
