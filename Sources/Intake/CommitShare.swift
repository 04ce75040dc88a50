/// What goes into one commit when more waits than it should take.
package enum CommitShare {
    /// The first one, however large, and of the others those that fit into the limit, in their order: so each has its
    /// turn, and a small one does not wait for all the large ones that came before it.
    ///
    /// - Parameters:
    ///   - sizes: in bytes, of all that wait; the first has waited longest.
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
