/// One input of the fuzzer: a stream, and the pieces in which it arrives.
///
/// Each byte after the last 0xFF is the length of a piece (0 means 256), repeated until the stream is used up. Without
/// any, the stream arrives in one piece. So corpus files without 0xFF are plain streams.
package struct FuzzInput {
    package let stream: ArraySlice<UInt8>
    private let lengths: ArraySlice<UInt8>

    package init(_ data: UnsafePointer<UInt8>?, _ count: Int) {
        let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
        let end = bytes.lastIndex(of: 0xFF) ?? bytes.endIndex
        stream = bytes[..<end]
        lengths = bytes[end...].dropFirst()
    }

    /// The stream, cut as the input says.
    package var pieces: [ArraySlice<UInt8>] {
        guard !lengths.isEmpty else { return [stream] }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = stream
        var next = lengths.startIndex
        while !rest.isEmpty {
            let length = lengths[next] == 0 ? 256 : Int(lengths[next])
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
            next = next + 1 == lengths.endIndex ? lengths.startIndex : next + 1
        }
        return pieces
    }
}
