/// One line of a connection. Lines are numbered from 1, including blank ones.
package struct Line: Sendable {
    package enum Content: Sendable {
        /// The bytes before the LF.
        case text([UInt8])
        /// Longer than the limit; skipped up to its LF.
        case tooLong
    }

    package let number: Int
    package let content: Content
}
