/// A member of a line's top-level object: where its key and value lie in the line.
package struct JSONMember: Hashable, Sendable {
    /// What a value is, told by its first byte.
    package enum Kind: Sendable {
        case object, array, string, number, boolean, null
    }

    /// The key without its quotes, escapes not decoded.
    package let key: Range<Int>
    /// The value, quotes or brackets included.
    package let value: Range<Int>
    package let kind: Kind
}
