/// The UTF-8 byte order mark, which some editors and shells write at the start of a text.
package enum ByteOrderMark {
    package static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text without the mark, if it begins with one.
    package static func dropped<Bytes: Collection<UInt8>>(from text: Bytes) -> Bytes.SubSequence {
        text.starts(with: bytes) ? text.dropFirst(bytes.count) : text[...]
    }
}
