internal import DequeModule
internal import Domain
internal import Outbox

/// The places of workflows, in order.
///
/// A workflow that moves leaves its old place here. Queries skip outdated places, which are removed in bulk, so a move
/// costs little.
struct ActivityOrder {
    /// Outdated places beyond which they are removed, if they are also half of all.
    private static let maxOutdated = 1_000

    private var places: Deque<(place: WorkflowPlace, id: CorrelationID)> = []
    private var lastKey: Int64 = 0

    /// Adds a place, which the workflow must take.
    ///
    /// - Parameter count: number of workflows.
    mutating func add(
        _ id: CorrelationID, at time: SteadyTime, count: Int, isCurrent: (WorkflowPlace, CorrelationID) -> Bool
    ) -> WorkflowPlace {
        if places.count > count * 2 + Self.maxOutdated { places.removeAll { !isCurrent($0.place, $0.id) } }
        lastKey += 1
        let place = WorkflowPlace(lastActivityAt: time, key: lastKey)
        var index = places.endIndex
        while index > 0, place < places[index - 1].place { index -= 1 }
        places.insert((place, id), at: index)
        return place
    }

    /// At most `count` places after another, outdated ones included.
    func places(_ count: Int, behind place: WorkflowPlace) -> [(place: WorkflowPlace, id: CorrelationID)] {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return places[max(low - count, 0)..<low].reversed()
    }
}
