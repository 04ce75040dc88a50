internal import DequeModule
internal import Domain

/// Ids in rising order.
extension Deque<DeliveryID> {
    func firstIndex(after id: DeliveryID) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Does nothing if the id is there already.
    mutating func insertSorted(_ id: DeliveryID) {
        let place = firstIndex(after: id)
        if place == 0 || self[place - 1] != id { insert(id, at: place) }
    }
}
