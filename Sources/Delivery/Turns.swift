internal import DequeModule
internal import Events

/// The lanes that can start something: one queue for each standing, and each queue has its turn.
///
/// A lane stands in the queue that it was last offered to.
struct Turns: Sendable {
    /// May hold lanes that have gone to another queue since.
    private var queues: [LaneHealth.Standing: Deque<Origin>] = [:]
    private var members: [Origin: LaneHealth.Standing] = [:]
    private var order = Deque(LaneHealth.Standing.allCases)

    /// Does nothing for a lane that stands in this queue already.
    mutating func offer(_ origin: Origin, _ standing: LaneHealth.Standing) {
        guard members.updateValue(standing, forKey: origin) != standing else { return }
        queues[standing, default: []].append(origin)
    }

    /// The lane whose turn it is, taken out of the queue of this standing; nil if none may start.
    mutating func take(where mayStart: (LaneHealth.Standing) -> Bool) -> (Origin, LaneHealth.Standing)? {
        for _ in order.indices {
            let standing = order.removeFirst()
            order.append(standing)
            if mayStart(standing), let origin = takeFirst(of: standing) { return (origin, standing) }
        }
        return nil
    }

    /// Undoes the last ``take(where:)``: it stays this lane's turn.
    mutating func putBack(_ origin: Origin) {
        let standing = order.removeLast()
        order.prepend(standing)
        members[origin] = standing
        queues[standing, default: []].prepend(origin)
    }

    private mutating func takeFirst(of standing: LaneHealth.Standing) -> Origin? {
        while let origin = queues[standing]?.popFirst() {
            guard members[origin] == standing else { continue }
            members[origin] = nil
            return origin
        }
        return nil
    }
}
