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
    private var newestIsNext = false

    /// Does nothing for a lane that stands in this queue already.
    mutating func offer(_ origin: Origin, _ standing: LaneHealth.Standing) {
        guard members.updateValue(standing, forKey: origin) != standing else { return }
        queues[standing, default: []].append(origin)
    }

    /// The lane whose turn it is, taken out of the queue of this standing; nil if none may start.
    ///
    /// - Parameter newestToo: of unproven lanes, the one that came last goes every other time, so that it does not wait for
    ///   all that came before.
    mutating func take(
        newestToo: Bool, where mayStart: (LaneHealth.Standing) -> Bool
    ) -> (Origin, LaneHealth.Standing)? {
        for _ in order.indices {
            let standing = order.removeFirst()
            order.append(standing)
            guard mayStart(standing) else { continue }
            let isNewests = newestToo && standing == .unproven
            if isNewests { newestIsNext.toggle() }
            if let origin = takeOne(of: standing, fromTheEnd: isNewests && newestIsNext) { return (origin, standing) }
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

    private mutating func takeOne(of standing: LaneHealth.Standing, fromTheEnd: Bool) -> Origin? {
        while let origin = fromTheEnd ? queues[standing]?.popLast() : queues[standing]?.popFirst() {
            guard members[origin] == standing else { continue }
            members[origin] = nil
            return origin
        }
        return nil
    }
}
