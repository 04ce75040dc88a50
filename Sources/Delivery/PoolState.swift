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
        case apart

        var place: Int? { if case .ordinary(let place, _) = self { place } else { nil } }
    }

    package enum Action {
        case send(UInt64, SenderChannel)
        case end(CheckedContinuation<PostResult, Never>, PostResult)
        /// There are suspects: the sender set apart is needed.
        case wakeApart
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
        flights[flight.request.id] = flight
        if quarantine.mustBeApart(flight.origin) {
            quarantine.add(.init(request: flight.request.id, origin: flight.origin))
            return tryNextSuspect()
        }
        unsent.append(flight.request.id)
        return sendUnsent()
    }

    /// The request, at the moment when it is given to its sender; nil if its sender died just now.
    package mutating func starting(_ id: UInt64, now: MonotonicTime) -> SendRequest? {
        guard let slot = senders.first(where: { $0.value.requests.contains(id) })?.key else { return nil }
        // Others may be assigned already and not given yet: the first one given is what the sender may be silent about.
        if senders[slot]?.requests.contains(where: { flights[$0]?.startedAt != nil }) == false {
            senders[slot]?.lastHeard = now
        }
        flights[id]?.startedAt = now
        return flights[id]?.request
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
        senders.filter { $0.key != .apart && $0.value.isReady && !$0.value.isRetiring }
            .min { $0.value.requests.count < $1.value.requests.count }?.key
    }

    private mutating func tryNextSuspect() -> [Action] {
        guard let apart = senders[.apart], apart.isReady else { return quarantine.isEmpty ? [] : [.wakeApart] }
        guard let suspect = quarantine.startTrial() else { return [] }
        senders[.apart]?.requests.insert(suspect.request)
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
            return slot == .apart ? tryNextSuspect() : retirePredecessor(of: slot, now: now) + sendUnsent()
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
        if slot == .apart { quarantine.decide(timedOut: outcome == .failed(.timeout)) }
        return [flight.end(outcome)] + finishIfRetired(slot, now: now)
    }

    private mutating func finished(_ id: UInt64, from slot: Slot) -> [Action] {
        guard senders[slot]?.lingering.removeValue(forKey: id) != nil, slot == .apart else { return [] }
        unsent.append(contentsOf: quarantine.acquit().map(\.request))
        return tryNextSuspect() + sendUnsent()
    }

    /// A sender will say no more. What it had in flight is suspect; the request in trial is the culprit.
    ///
    /// A trial whose outcome was told is convicted without a charge: only its origin stays apart.
    package mutating func died(_ slot: Slot) -> [Action] {
        guard let sender = senders.removeValue(forKey: slot) else { return [] }
        if slot == .apart {
            guard let culprit = quarantine.convict(), !culprit.isDecided,
                let flight = flights.removeValue(forKey: culprit.suspect.request)
            else { return [] }
            return [flight.end(.failed(.senderCrashed))]
        }
        let suspects = sender.requests.compactMap { flights[$0] }.sorted(by: Self.goesFirst).map {
            Quarantine.Suspect(request: $0.request.id, origin: $0.origin)
        }
        quarantine.suspect(suspects, unfinished: sender.lingering.values)
        return tryNextSuspect()
    }

    /// The order of trials: likely innocents first. What has been in flight for long probably hangs, and would hold up
    /// the trials behind it.
    private static func goesFirst(_ one: Flight, _ other: Flight) -> Bool {
        one.isTrusted == other.isTrusted ? one.request.id > other.request.id : one.isTrusted
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
        if slot == .apart, !sender.lingering.isEmpty, let decided = sender.lastDecided {
            return now - decided > (quarantine.trialHasTimedOut ? patience.linger / 4 : patience.linger)
        }
        let deadlines = sender.requests.compactMap { id in
            flights[id].flatMap { flight in flight.startedAt.map { $0 + flight.request.timeout } }
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
    package var hasNoSuspects: Bool { quarantine.isEmpty }
    package var isReady: Bool { senders.contains { $0.key != .apart && $0.value.isReady } }

    package func figures() -> [SenderFigures] {
        senders.map { slot, sender in
            SenderFigures(
                processID: sender.channel.processID, inFlight: sender.requests.count, isApart: slot == .apart)
        }.sorted { $0.processID < $1.processID }
    }
}
