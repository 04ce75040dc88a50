internal import DequeModule
package import Events

/// Finds the request that kills senders, at no cost to those that were in flight beside it.
///
/// What a sender had in flight when it died is suspect. Suspects are tried one at a time in a sender set apart;
/// the one in trial when that sender dies is the culprit. An origin with a culprit stays apart until it answers.
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

    /// In flight when a sender died: most of them are innocent, so they go first.
    private var suspects: Deque<Suspect> = []
    /// New requests to origins that killed a sender before.
    private var convicted: Deque<Suspect> = []
    private var convictedOrigins: Set<Origin> = []
    /// Origins whose last trial ran into its deadline: their other suspects go behind everybody else's.
    private var hangingOrigins: Set<Origin> = []
    package private(set) var trial: Suspect?

    package init() {}

    /// Whether a new request to this origin must be tried apart.
    package func mustBeApart(_ origin: Origin) -> Bool { convictedOrigins.contains(origin) }

    /// A new request to an origin that must be tried apart.
    package mutating func add(_ request: Suspect) { convicted.append(request) }

    /// An ordinary sender died, or froze, with these in flight.
    package mutating func suspect(_ requests: [Suspect]) { suspects.append(contentsOf: requests) }

    /// The next request for the sender set apart, if it is free.
    package mutating func startTrial() -> Suspect? {
        guard trial == nil else { return nil }
        if let next = suspects.firstIndex(where: { !hangingOrigins.contains($0.origin) }) {
            trial = suspects.remove(at: next)
        } else {
            trial = suspects.popFirst() ?? convicted.popFirst()
        }
        return trial
    }

    /// The request in trial ended with an answer or an error of its own: it is innocent this time.
    ///
    /// - Parameter timedOut: whether it ran into its deadline, and all behind it waited so long.
    package mutating func acquit(timedOut: Bool = false) {
        if let trial {
            convictedOrigins.remove(trial.origin)
            if timedOut { hangingOrigins.insert(trial.origin) } else { hangingOrigins.remove(trial.origin) }
        }
        trial = nil
        if isEmpty { hangingOrigins = [] }
    }

    /// The sender set apart died.
    /// - Returns: the culprit, if it died of a request.
    package mutating func convict() -> Suspect? {
        defer { trial = nil }
        if let trial { convictedOrigins.insert(trial.origin) }
        return trial
    }

    /// Nothing is in trial and nothing waits for it.
    package var isEmpty: Bool { trial == nil && suspects.isEmpty && convicted.isEmpty }
}
