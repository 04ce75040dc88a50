internal import DequeModule
internal import Domain

/// The lanes that can start an attempt, in one queue for each group of origins. The groups are served in rotation.
///
/// A lane is in the queue of the group that it was last offered in.
struct Turns: Sendable {
    /// May contain outdated entries of lanes that have moved to another queue.
    private var queues: [OriginState: Deque<Origin>] = [:]
    private var members: [Origin: OriginState] = [:]
    private var order: Deque<OriginState> = [.answering, .unknown, .hanging]
    private var takesNewest = false

    /// Does nothing for a lane that is already in this queue.
    mutating func offer(_ origin: Origin, _ group: OriginState) {
        guard members.updateValue(group, forKey: origin) != group else { return }
        queues[group, default: []].append(origin)
    }

    /// Removes and returns the next lane; nil if none may start.
    ///
    /// - Parameter alternates: every other unknown origin is the newest one, so that a new origin does not wait for all
    ///   those before it.
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

    /// Undoes the last ``take(alternates:where:)``, so that the lane is the next one again.
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
