/// Selects what goes into one commit when more is waiting than it should take.
package enum CommitShare {
    /// The places of the first item, however large, and of the others that fit into the limit, in order. So every item
    /// is first eventually, and a small item does not wait for all large ones before it.
    ///
    /// - Parameters:
    ///   - sizes: the bytes of all waiting items; the first has waited longest.
    ///   - limit: bytes.
    package static func places(of sizes: [Int], within limit: Int) -> [Int] {
        var taken = 0
        return sizes.indices.filter { place in
            if place == 0 { return true }
            guard taken + sizes[place] <= limit else { return false }
            taken += sizes[place]
            return true
        }
    }
}
