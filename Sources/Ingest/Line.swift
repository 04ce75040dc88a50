/// One line of a connection, numbered from 1; every LF counts, blank lines included.
package struct Line: Sendable {
    package enum Content: Sendable {
        /// The bytes before the LF.
        case text([UInt8])
        /// Longer than the limit: skipped to its LF.
        case tooLong
    }

    package let number: Int
    package let content: Content
}
