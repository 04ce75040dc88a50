internal import DequeModule
package import Events
package import Frames

/// Which sender has which request: decides, and leaves the doing to ``SenderPool``.
package struct PoolState {
    /// A place for one process.
    package enum Slot: Hashable {
        /// The generations of a place follow one another; two of them run while one is replaced by the next.
        case ordinary(Int, generation: Int = 0)
        /// For suspects, one request at a time.
        case apart(Bench)

        var place: Int? { if case .ordinary(let place, _) = self { place } else { nil } }
        var bench: Bench? { if case .apart(let bench) = self { bench } else { nil } }
    }

    package enum Action {
        case send(UInt64, SenderChannel)
        case end(CheckedContinuation<PostResult, Never>, PostResult)
        /// There is somebody to try on this bench: its sender is needed.
        case wakeApart(Bench)
        /// Has a successor and nothing in flight: it is to end.
        case finish(SenderChannel)
    }

    /// When a sender counts as frozen.
    package struct Patience: Sendable {
        /// From its start until it must be ready.
        let start: Duration
        /// Without a word although it has work.
        let silence: Duration
        /// Beyond the deadline of a request.
        let overtime: Duration
        /// From the outcome of a trial until nothing is left of it: above ``Poster``'s time for a body. A quarter of it
        /// after a deadline.
        let linger: Duration

        package init(start: Duration, silence: Duration, overtime: Duration, linger: Duration) {
            self.start = start
            self.silence = silence
            self.overtime = overtime
            self.linger = linger
        }
    }

    private struct Sender {
        let channel: SenderChannel
        var isReady = false
        /// Requests given to it so far.
        var served = 0
        var wear: Wear?
        /// Its successor is ready: it is given nothing more.
        var isRetiring = false
        /// A sign of life: its start, a message, or work that ended a pause.
        var lastHeard: MonotonicTime
        var requests: Set<UInt64> = []
        /// Requests that are decided, though not all of their answer has come.
        var lingering: [UInt64: Origin] = [:]
        /// When the last one was decided.
        var lastDecided: MonotonicTime?
        /// When it was told to end.
        var finishedAt: MonotonicTime?
        /// It has been killed; its end is on its way.
        var isEnding = false
    }

    private var senders: [Slot: Sender] = [:]
    private var flights: [UInt64: Flight] = [:]
    /// Accepted while no sender was ready.
    private var unsent: Deque<UInt64> = []
    private var quarantine = Quarantine()
    private var lastID: UInt64 = 0
    package private(set) var isStopping = false

    package init() {}

    // MARK: Requests

    package mutating func takeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    package mutating func accept(_ flight: Flight) -> [Action] {
        flights[flight.id] = flight
        if quarantine.mustBeApart(flight.origin) {
            quarantine.add(flight.suspect)
            return tryNextSuspects()
        }
        unsent.append(flight.id)
        return sendUnsent()
    }

    /// A request is to be given to its sender now.
    ///
    /// - Returns: what makes it, to be called outside the lock that guards this state; nil if its sender died just now.
    package mutating func starting(_ id: UInt64, now: MonotonicTime) -> (@Sendable () -> SendRequest)? {
        guard let slot = senders.first(where: { $0.value.requests.contains(id) })?.key else { return nil }
        // Others may be assigned already and not given yet: the first one given is what the sender may be silent about.
        if senders[slot]?.requests.contains(where: { flights[$0]?.startedAt != nil }) == false {
            senders[slot]?.lastHeard = now
        }
        flights[id]?.startedAt = now
        return flights[id]?.makeRequest
    }

    /// Gives waiting requests to the ready senders with the least to do.
    private mutating func sendUnsent() -> [Action] {
        var actions: [Action] = []
        while let id = unsent.first, let slot = leastBusy(), let channel = senders[slot]?.channel {
            unsent.removeFirst()
            senders[slot]?.requests.insert(id)
            senders[slot]?.served += 1
            actions.append(.send(id, channel))
        }
        return actions
    }

    private func leastBusy() -> Slot? {
        senders.filter { $0.key.bench == nil && $0.value.isReady && !$0.value.isRetiring }
            .min { $0.value.requests.count < $1.value.requests.count }?.key
    }

    /// On both benches: what is known of an origin now may have moved its suspects from one to the other.
    private mutating func tryNextSuspects() -> [Action] { Bench.allCases.flatMap { tryNextSuspect(on: $0) } }

    private mutating func tryNextSuspect(on bench: Bench) -> [Action] {
        if isStopping { return [] }
        guard let apart = senders[.apart(bench)], apart.isReady else {
            return quarantine.isEmpty(on: bench) ? [] : [.wakeApart(bench)]
        }
        guard let suspect = quarantine.startTrial(on: bench) else { return [] }
        senders[.apart(bench)]?.requests.insert(suspect.request)
        flights[suspect.request]?.startedAt = nil
        flights[suspect.request]?.isTrial = true
        return [.send(suspect.request, apart.channel)]
    }

    // MARK: Senders

    package mutating func started(_ slot: Slot, _ channel: SenderChannel, now: MonotonicTime) {
        senders[slot] = Sender(channel: channel, lastHeard: now)
    }

    package mutating func heard(_ message: SenderMessage, from slot: Slot, now: MonotonicTime) -> [Action] {
        senders[slot]?.lastHeard = now
        switch message {
        case .alive: return []
        case .ready:
            senders[slot]?.isReady = true
            if let bench = slot.bench { return tryNextSuspect(on: bench) }
            return retirePredecessor(of: slot, now: now) + sendUnsent()
        case .ended(let id, let outcome): return ended(id, outcome, from: slot, now: now)
        case .finished(let id): return finished(id, from: slot)
        }
    }

    private mutating func ended(
        _ id: UInt64, _ outcome: AttemptOutcome, from slot: Slot, now: MonotonicTime
    ) -> [Action] {
        guard senders[slot]?.requests.remove(id) != nil, let flight = flights.removeValue(forKey: id) else { return [] }
        senders[slot]?.lingering[id] = flight.origin
        senders[slot]?.lastDecided = now
        guard let bench = slot.bench else { return [flight.end(outcome)] + finishIfRetired(slot, now: now) }
        quarantine.decide(.init(outcome), on: bench)
        return [flight.end(outcome)] + tryNextSuspects()
    }

    private mutating func finished(_ id: UInt64, from slot: Slot) -> [Action] {
        guard senders[slot]?.lingering.removeValue(forKey: id) != nil, let bench = slot.bench else { return [] }
        unsent.append(contentsOf: quarantine.acquit(on: bench).map(\.request))
        return tryNextSuspects() + sendUnsent()
    }

    /// A sender will say no more. What it had in flight is suspect; the request in trial is the culprit.
    ///
    /// May be told more than once: only the first time after its start counts. Once the pool stops nobody is to blame:
    /// what a sender had in flight then has no outcome, and goes again after the next start.
    package mutating func died(_ slot: Slot) -> [Action] {
        guard let sender = senders.removeValue(forKey: slot), !isStopping else { return [] }
        if let bench = slot.bench { return endCulprit(on: bench) + tryNextSuspects() }
        quarantine.suspect(suspects(sender.requests), unfinished: sender.lingering.values)
        return tryNextSuspects()
    }

    /// A trial whose outcome was told is convicted without a charge: only its origin stays apart.
    private mutating func endCulprit(on bench: Bench) -> [Action] {
        guard let culprit = quarantine.convict(on: bench), !culprit.isDecided,
            let flight = flights.removeValue(forKey: culprit.suspect.request)
        else { return [] }
        return [flight.end(.failed(.senderCrashed))]
    }

    /// The order of trials. Of those that are not trusted the youngest goes first: what has been in flight for long
    /// probably hangs, and would hold up the trials behind it.
    private func suspects(_ requests: Set<UInt64>) -> [Quarantine.Suspect] {
        let suspects = requests.sorted().compactMap { flights[$0]?.suspect }
        return suspects.filter(\.isTrusted) + suspects.filter { !$0.isTrusted }.reversed()
    }

    // MARK: Replacement

    /// Notes which senders are worn out now.
    ///
    /// - Returns: the places for which a successor is to be started.
    package mutating func wornOut(_ limits: SenderLimits, residentBytes: (SenderChannel) -> Int) -> [Int] {
        var places: [Int] = []
        for (slot, sender) in senders where sender.isReady && sender.wear == nil {
            guard case .ordinary(let place, _) = slot else { continue }
            senders[slot]?.wear = limits.wear(requests: sender.served, residentBytes: residentBytes(sender.channel))
            if senders[slot]?.wear != nil { places.append(place) }
        }
        return places
    }

    /// Why a sender is to be replaced; nil for one that is good, or gone.
    package func wear(of slot: Slot) -> Wear? { senders[slot]?.wear }

    private mutating func retirePredecessor(of slot: Slot, now: MonotonicTime) -> [Action] {
        guard case .ordinary(let place, let generation) = slot else { return [] }
        return senders.keys.flatMap { other in
            guard case .ordinary(place, let older) = other, older < generation else { return [Action]() }
            senders[other]?.isRetiring = true
            return finishIfRetired(other, now: now)
        }
    }

    /// Only with nothing in flight: a request that is on its way to the process would be lost.
    private mutating func finishIfRetired(_ slot: Slot, now: MonotonicTime) -> [Action] {
        guard let sender = senders[slot], sender.isRetiring, sender.requests.isEmpty else { return [] }
        senders[slot]?.finishedAt = now
        return [.finish(sender.channel)]
    }

    // MARK: Watch

    /// The daemon itself stood still for so long: nobody's silence or delay is counted for that time.
    package mutating func excuse(_ pause: Duration) {
        for slot in senders.keys {
            senders[slot]?.lastHeard += pause
            senders[slot]?.lastDecided? += pause
            senders[slot]?.finishedAt? += pause
        }
        for id in flights.keys { flights[id]?.startedAt? += pause }
    }

    /// The senders that are to be killed now; each is told once.
    package mutating func frozen(now: MonotonicTime, _ patience: Patience) -> [SenderChannel] {
        let slots = senders.keys.filter { isFrozen($0, now: now, patience) }
        for slot in slots { senders[slot]?.isEnding = true }
        return slots.compactMap { senders[$0]?.channel }
    }

    /// Not ready in time, silent although it has work, far beyond the deadline of a request, not through with a trial
    /// that is decided, or not ended although it was told to.
    private func isFrozen(_ slot: Slot, now: MonotonicTime, _ patience: Patience) -> Bool {
        guard let sender = senders[slot], !sender.isEnding else { return false }
        guard sender.isReady else { return now - sender.lastHeard > patience.start }
        if let finishedAt = sender.finishedAt { return now - finishedAt > patience.start }
        if let bench = slot.bench, !sender.lingering.isEmpty, let decided = sender.lastDecided {
            return now - decided > (quarantine.trialHasTimedOut(on: bench) ? patience.linger / 4 : patience.linger)
        }
        let deadlines = sender.requests.compactMap { id in
            flights[id].flatMap { flight in flight.startedAt.map { $0 + flight.timeout } }
        }
        return !deadlines.isEmpty && now - sender.lastHeard > patience.silence
            || deadlines.contains { now > $0 + patience.overtime }
    }

    /// No sender is started any more.
    /// - Returns: those that are to end.
    package mutating func stop() -> [SenderChannel] {
        isStopping = true
        return channels
    }

    // MARK: Views

    package var channels: [SenderChannel] { senders.values.map(\.channel) }
    package func hasNoSuspects(on bench: Bench) -> Bool { quarantine.isEmpty(on: bench) }
    package var isReady: Bool { senders.contains { $0.key.bench == nil && $0.value.isReady } }

    package func figures() -> [SenderFigures] {
        senders.map { slot, sender in
            SenderFigures(
                processID: sender.channel.processID, inFlight: sender.requests.count, isApart: slot.bench != nil)
        }.sorted { $0.processID < $1.processID }
    }
}
