/// A member of a line's top-level object: the positions of its key and value in the line.
package struct JSONMember: Hashable, Sendable {
    /// The type of a value, which its first byte determines.
    package enum Kind: Sendable {
        case object, array, string, number, boolean, null
    }

    /// The key without its quotes; escapes are not decoded.
    package let key: Range<Int>
    /// The value, quotes or brackets included.
    package let value: Range<Int>
    package let kind: Kind
}
