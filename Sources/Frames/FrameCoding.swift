internal import Events

/// A frame that its receiver cannot read. The peer is broken: end it.
package struct FrameError: Error, Hashable, CustomStringConvertible {
    package let description: String
}

extension SendRequest {
    /// The frame, length included.
    package func encoded() -> [UInt8] {
        var writer = FrameWriter(capacity: body.count + 1_024)
        writer.write(id)
        writer.write(UInt64(UInt32(clamping: timeout.milliseconds)))
        writer.write(url)
        writer.write(UInt32(headers.count))
        for header in headers {
            writer.write(header.name)
            writer.write(header.value)
        }
        writer.write(bytes: body)
        return writer.finish()
    }

    /// - Parameter frame: one frame without its length.
    package init(decoding frame: ArraySlice<UInt8>) throws(FrameError) {
        var reader = FrameReader(frame)
        id = try reader.readUInt64()
        let milliseconds = try reader.readUInt64()
        guard milliseconds <= UInt32.max else { throw FrameError("allows \(milliseconds) ms, beyond any deadline") }
        timeout = .milliseconds(milliseconds)
        url = try reader.readString()
        var headers: [Header] = []
        for _ in 0..<(try reader.readUInt32()) {
            headers.append(Header(try reader.readString(), try reader.readString()))
        }
        self.headers = headers
        body = try reader.readBytes()
        try reader.expectEnd()
    }
}

extension SenderMessage {
    private enum Tag: UInt8 {
        case ready, alive, answered, answeredWithRetryAfter, failed, finished
    }

    /// The frame, length included.
    package func encoded() -> [UInt8] {
        var writer = FrameWriter(capacity: 64)
        switch self {
        case .ready:
            writer.write(Tag.ready.rawValue)
        case .alive:
            writer.write(Tag.alive.rawValue)
        case .ended(let id, .answered(let status, let retryAfter)):
            writer.write(retryAfter == nil ? Tag.answered.rawValue : Tag.answeredWithRetryAfter.rawValue)
            writer.write(id)
            writer.write(UInt32(clamping: status))
            if let retryAfter { writer.write(retryAfter) }
        case .ended(let id, .failed(let error)):
            writer.write(Tag.failed.rawValue)
            writer.write(id)
            writer.write(error.description)
        case .finished(let id):
            writer.write(Tag.finished.rawValue)
            writer.write(id)
        }
        return writer.finish()
    }

    /// - Parameter frame: one frame without its length.
    package init(decoding frame: ArraySlice<UInt8>) throws(FrameError) {
        var reader = FrameReader(frame)
        switch Tag(rawValue: try reader.readUInt8()) {
        case .ready: self = .ready
        case .alive: self = .alive
        case .answered:
            self = .ended(
                id: try reader.readUInt64(), .answered(status: Int(try reader.readUInt32()), retryAfter: nil))
        case .answeredWithRetryAfter:
            self = .ended(
                id: try reader.readUInt64(),
                .answered(status: Int(try reader.readUInt32()), retryAfter: try reader.readString()))
        case .failed:
            let id = try reader.readUInt64()
            guard let error = ErrorClass(try reader.readString()) else { throw FrameError("unknown error class") }
            self = .ended(id: id, .failed(error))
        case .finished: self = .finished(id: try reader.readUInt64())
        case nil: throw FrameError("unknown message")
        }
        try reader.expectEnd()
    }
}

extension FrameError {
    fileprivate init(_ description: String) { self.description = description }
}

/// Writes fields behind one another; numbers in network order, texts and bytes behind their length.
private struct FrameWriter {
    private var bytes: [UInt8] = [0, 0, 0, 0]

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    mutating func write(_ number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(bytes more: [UInt8]) {
        write(UInt32(more.count))
        bytes.append(contentsOf: more)
    }

    /// Puts the length in front: the number of bytes behind it.
    consuming func finish() -> [UInt8] {
        let length = UInt32(bytes.count - 4)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
        return bytes
    }
}

/// Reads what ``FrameWriter`` wrote; whatever is missing or left over is an error.
private struct FrameReader {
    private var rest: ArraySlice<UInt8>

    init(_ frame: ArraySlice<UInt8>) { rest = frame }

    private mutating func take(_ count: Int) throws(FrameError) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw FrameError("ends within a field") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func readUInt8() throws(FrameError) -> UInt8 { try take(1).reduce(0) { $0 | $1 } }
    mutating func readUInt32() throws(FrameError) -> UInt32 { try take(4).reduce(0) { $0 << 8 | UInt32($1) } }
    mutating func readUInt64() throws(FrameError) -> UInt64 { try take(8).reduce(0) { $0 << 8 | UInt64($1) } }

    mutating func readBytes() throws(FrameError) -> [UInt8] { Array(try take(Int(try readUInt32()))) }

    mutating func readString() throws(FrameError) -> String {
        guard let text = String(validating: try take(Int(try readUInt32())), as: UTF8.self) else {
            throw FrameError("holds a text that is not UTF-8")
        }
        return text
    }

    func expectEnd() throws(FrameError) {
        guard rest.isEmpty else { throw FrameError("has bytes behind its last field") }
    }
}
