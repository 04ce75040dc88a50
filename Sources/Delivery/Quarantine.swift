package import Events

/// A sender set apart. There are two, so that those who are likely innocent wait for nobody who may hang.
package enum Bench: CaseIterable, Sendable {
    /// For requests whose origin answered the last time, is not convicted and is not known to hang.
    case quick
    /// For all others.
    case slow
}

/// Finds the request that kills senders, at little cost to those that were in flight beside it.
///
/// What a sender had in flight when it died is suspect. Each ``Bench`` tries suspects one at a time, each until nothing
/// is left of it; the one in trial when that sender dies is the culprit. An origin with a culprit is convicted: it stays
/// apart until it has given as many answers without harm as it owes. An answer may kill after it has decided its
/// request: origins with such answers, when a sender dies, are watched: what goes to them next is tried apart, too.
package struct Quarantine: Sendable {
    /// A request in flight, by the id that the pool gave it.
    package struct Suspect: Hashable, Sendable {
        package let request: UInt64
        package let origin: Origin
        /// The origin answered the last time, as far as was known when the request came.
        package let isTrusted: Bool

        package init(request: UInt64, origin: Origin, isTrusted: Bool = false) {
            self.request = request
            self.origin = origin
            self.isTrusted = isTrusted
        }
    }

    /// How a request in trial was decided.
    package enum Ending: Sendable {
        /// By an answer of any status.
        case answered
        /// By an error of its own, such as a refused connection: that proves nothing about the origin's answers.
        case failed
        /// By its deadline, and all behind it waited so long.
        case timedOut

        package init(_ outcome: AttemptOutcome) {
            switch outcome {
            case .answered: self = .answered
            case .failed(.timeout): self = .timedOut
            case .failed: self = .failed
            }
        }
    }

    /// The one in trial when a sender set apart died.
    package struct Culprit: Hashable, Sendable {
        package let suspect: Suspect
        /// Its outcome was told before: there is nothing to charge.
        package let isDecided: Bool
    }

    private struct Trial {
        let suspect: Suspect
        /// nil until it is decided.
        var ending: Ending?
    }

    private struct Waiting {
        let suspect: Suspect
        /// It was in flight in no sender that died.
        let isNew: Bool
    }

    /// The order of trials on the slow bench.
    private enum Turn: Comparable {
        /// In flight when a sender died: most of them are innocent.
        case suspect
        /// New, and its origin is not convicted.
        case newcomer
        /// Its origin is known to hang.
        case hanging
        /// New, and its origin killed before.
        case convicted
    }

    /// In order of arrival. On which bench each is tried follows from what is known of its origin by then.
    private var waiting: [Waiting] = []
    private var trials: [Bench: Trial] = [:]
    private var convictions = Convictions()
    private var watchedOrigins: Set<Origin> = []
    /// Origins whose last trial ran into its deadline.
    private var hangingOrigins: Set<Origin> = []

    package init() {}

    // MARK: Who is apart

    /// Whether a new request to this origin must be tried apart.
    package func mustBeApart(_ origin: Origin) -> Bool {
        convictions.contains(origin) || watchedOrigins.contains(origin)
            || trials.values.contains { $0.suspect.origin == origin && $0.ending != nil }
    }

    /// A new request to an origin that must be tried apart.
    package mutating func add(_ request: Suspect) { waiting.append(Waiting(suspect: request, isNew: true)) }

    /// An ordinary sender died, or froze, with these in flight, and with answers of these origins not read to their end.
    package mutating func suspect(_ requests: [Suspect], unfinished origins: some Swift.Sequence<Origin>) {
        waiting += requests.map { Waiting(suspect: $0, isNew: false) }
        watchedOrigins.formUnion(origins)
    }

    // MARK: Order

    /// The next request for a sender set apart, if it is free.
    package mutating func startTrial(on bench: Bench) -> Suspect? {
        guard trials[bench] == nil, let index = next(on: bench) else { return nil }
        let suspect = waiting.remove(at: index).suspect
        trials[bench] = Trial(suspect: suspect)
        return suspect
    }

    private func next(on bench: Bench) -> Int? {
        let candidates = waiting.indices.filter { self.bench(of: waiting[$0].suspect) == bench }
        switch bench {
        case .quick: return candidates.first
        case .slow: return candidates.min { (turn(of: waiting[$0]), $0) < (turn(of: waiting[$1]), $1) }
        }
    }

    private func bench(of suspect: Suspect) -> Bench {
        suspect.isTrusted && !convictions.contains(suspect.origin) && !hangingOrigins.contains(suspect.origin)
            ? .quick : .slow
    }

    private func turn(of request: Waiting) -> Turn {
        if request.isNew, convictions.contains(request.suspect.origin) { return .convicted }
        if hangingOrigins.contains(request.suspect.origin) { return .hanging }
        return request.isNew ? .newcomer : .suspect
    }

    // MARK: Trials

    /// The request in trial was decided. What is left of its answer may still kill.
    package mutating func decide(_ ending: Ending, on bench: Bench) {
        guard let origin = trials[bench]?.suspect.origin else { return }
        trials[bench]?.ending = ending
        if ending == .timedOut { hangingOrigins.insert(origin) } else { hangingOrigins.remove(origin) }
    }

    /// Nothing is left of the request in trial, and the sender lives: it is innocent this time.
    ///
    /// - Returns: requests to its origin that need not be tried apart any more.
    package mutating func acquit(on bench: Bench) -> [Suspect] {
        guard let trial = endTrial(on: bench) else { return [] }
        let origin = trial.suspect.origin
        watchedOrigins.remove(origin)
        // What queues up for a culprit goes on one by one, though this time it did no harm.
        let wasConvicted = convictions.contains(origin)
        if trial.ending == .answered { convictions.noteAnswer(of: origin) }
        return wasConvicted || mustBeApart(origin) ? [] : release(origin)
    }

    /// A sender set apart died.
    /// - Returns: the culprit, if it died of a request.
    package mutating func convict(on bench: Bench) -> Culprit? {
        guard let trial = endTrial(on: bench) else { return nil }
        convictions.convict(trial.suspect.origin)
        return Culprit(suspect: trial.suspect, isDecided: trial.ending != nil)
    }

    private mutating func endTrial(on bench: Bench) -> Trial? {
        guard let trial = trials.removeValue(forKey: bench) else { return nil }
        if isEmpty { hangingOrigins = [] }
        return trial
    }

    private mutating func release(_ origin: Origin) -> [Suspect] {
        let released = waiting.filter { $0.isNew && $0.suspect.origin == origin }
        waiting.removeAll { $0.isNew && $0.suspect.origin == origin }
        return released.map(\.suspect)
    }

    // MARK: Views

    package func trial(on bench: Bench) -> Suspect? { trials[bench]?.suspect }

    /// The trial is decided by its deadline: nothing of it should be left at once.
    package func trialHasTimedOut(on bench: Bench) -> Bool { trials[bench]?.ending == .timedOut }

    /// Nothing is in trial on this bench and nothing waits for it.
    package func isEmpty(on bench: Bench) -> Bool {
        trials[bench] == nil && !waiting.contains { self.bench(of: $0.suspect) == bench }
    }

    /// Nothing is in trial and nothing waits for it.
    package var isEmpty: Bool { trials.isEmpty && waiting.isEmpty }
}

/// Which origins killed a sender that was set apart, and how many answers without harm they owe for it: twice as many
/// each time. So an origin that goes on killing does so ever more rarely.
private struct Convictions: Sendable {
    private struct Sentence {
        /// Which one of this origin's, from 1.
        let number: Int
        var answersOwed: Int
    }

    /// Released origins remembered; at one more all of them are forgotten.
    private static let limit = 10_000

    private var sentences: [Origin: Sentence] = [:]
    /// By origin, how often it had been convicted when it was released.
    private var released: [Origin: Int] = [:]

    func contains(_ origin: Origin) -> Bool { sentences[origin] != nil }

    /// It owes 1, 2, 4 … 1 024 answers from now on.
    mutating func convict(_ origin: Origin) {
        let earlier = sentences[origin]?.number ?? released[origin] ?? 0
        released[origin] = nil
        sentences[origin] = Sentence(number: earlier + 1, answersOwed: 1 << min(earlier, 10))
    }

    mutating func noteAnswer(of origin: Origin) {
        guard let sentence = sentences[origin] else { return }
        sentences[origin]?.answersOwed -= 1
        if sentence.answersOwed <= 1 { release(origin, convicted: sentence.number) }
    }

    private mutating func release(_ origin: Origin, convicted times: Int) {
        sentences[origin] = nil
        if released.count >= Self.limit { released = [:] }
        released[origin] = times
    }
}
