package import NIOCore

/// Splits a stream into lines at LF only. Never buffers more of a line than the limit.
package struct LineDecoder: Sendable {
    private enum State {
        case collecting
        /// Skipping the rest of a line that is too long.
        case skipping
    }

    private let maxLength: Int
    private var state = State.collecting
    private var partial: [UInt8] = []
    private var lastNumber = 0

    /// - Parameter maxLength: the longest line accepted, in bytes without its LF.
    package init(maxLength: Int) { self.maxLength = maxLength }

    /// The lines that end within these bytes.
    package mutating func decode(_ bytes: ByteBuffer) -> [Line] {
        var lines: [Line] = []
        var rest = bytes.readableBytesView
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(endLine(with: rest[rest.startIndex..<end]))
            rest = rest[(end + 1)...]
        }
        collect(rest)
        return lines
    }

    /// The last line, if the stream ended without an LF.
    package mutating func finish() -> Line? {
        guard state == .skipping || !partial.isEmpty else { return nil }
        return endLine(with: ByteBufferView())
    }

    private mutating func collect(_ bytes: ByteBufferView) {
        guard state == .collecting else { return }
        if partial.count + bytes.count > maxLength {
            state = .skipping
            partial = []
        } else {
            partial.append(contentsOf: bytes)
        }
    }

    private mutating func endLine(with bytes: ByteBufferView) -> Line {
        collect(bytes)
        defer {
            partial = []
            state = .collecting
        }
        lastNumber += 1
        return Line(number: lastNumber, content: state == .skipping ? .tooLong : .text(partial))
    }
}
