internal import DequeModule
internal import Domain

/// The lanes that can start something: a queue for each group of origins; the groups take turns.
///
/// A lane stands in the queue of the group that it was last offered in.
struct Turns: Sendable {
    /// May hold lanes that have gone to another queue since.
    private var queues: [OriginState: Deque<Origin>] = [:]
    private var members: [Origin: OriginState] = [:]
    private var order: Deque<OriginState> = [.answering, .unknown, .hanging]
    private var takesNewest = false

    /// Does nothing for a lane that stands in this queue already.
    mutating func offer(_ origin: Origin, _ group: OriginState) {
        guard members.updateValue(group, forKey: origin) != group else { return }
        queues[group, default: []].append(origin)
    }

    /// The lane that goes next, taken out of the queue of its group; nil if none may start.
    ///
    /// - Parameter alternates: of unknown origins, every other time the newest goes, so that it does not wait for all that
    ///   came before.
    mutating func take(
        alternates: Bool, where mayStart: (OriginState) -> Bool
    ) -> (Origin, OriginState)? {
        for _ in order.indices {
            let group = order.removeFirst()
            order.append(group)
            guard mayStart(group) else { continue }
            let alternatesNow = alternates && group == .unknown
            if alternatesNow { takesNewest.toggle() }
            if let origin = takeOne(of: group, fromTheEnd: alternatesNow && takesNewest) { return (origin, group) }
        }
        return nil
    }

    /// Undoes the last ``take(alternates:where:)``: the lane is still the next one.
    mutating func putBack(_ origin: Origin) {
        let group = order.removeLast()
        order.prepend(group)
        members[origin] = group
        queues[group, default: []].prepend(origin)
    }

    private mutating func takeOne(of group: OriginState, fromTheEnd: Bool) -> Origin? {
        while let origin = fromTheEnd ? queues[group]?.popLast() : queues[group]?.popFirst() {
            guard members[origin] == group else { continue }
            members[origin] = nil
            return origin
        }
        return nil
    }
}
