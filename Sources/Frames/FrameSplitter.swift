/// Cuts a byte stream into frames: a length of four bytes in network order, then so many bytes.
package struct FrameSplitter: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private let maximumLength: Int

    /// - Parameter maximumLength: the longest frame taken, in bytes; a longer one means that the peer is broken.
    package init(maximumLength: Int = 1 << 30) { self.maximumLength = maximumLength }

    package mutating func append(_ bytes: some Swift.Sequence<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity < 1 << 20)
            start = 0
        } else if start > 1 << 16 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame without its length, or nil until more bytes come.
    package mutating func next() throws(FrameError) -> ArraySlice<UInt8>? {
        guard buffer.count - start >= 4 else { return nil }
        let length = Int(buffer[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        guard length <= maximumLength else { throw FrameError(description: "announces \(length) bytes") }
        guard buffer.count - start >= 4 + length else { return nil }
        defer { start += 4 + length }
        return buffer[start + 4..<start + 4 + length]
    }
}
