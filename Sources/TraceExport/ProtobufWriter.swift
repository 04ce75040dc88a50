/// Writes the wire format of Protocol Buffers: the four kinds of fields that OTLP has.
struct ProtobufWriter {
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    private(set) var bytes: [UInt8] = []

    /// A field of type `int64`, `uint32`, `bool` or an enumeration.
    mutating func varint(_ field: UInt64, _ value: Int64) {
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        tag(field, .fixed64)
        append(value)
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        tag(field, .fixed32)
        append(value)
    }

    /// A field of type `double`.
    mutating func double(_ field: UInt64, _ value: Double) { fixed64(field, value.bitPattern) }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) { lengthDelimited(field, value, count: value.count) }

    /// A field of type `bytes` whose value is the bytes of a number, the highest first.
    mutating func bigEndian(_ field: UInt64, _ value: some FixedWidthInteger) {
        tag(field, .bytes)
        varint(UInt64(value.bitWidth / 8))
        append(value.byteSwapped)
    }

    mutating func string(_ field: UInt64, _ value: String) {
        let text = value.utf8
        lengthDelimited(field, text, count: text.count)
    }

    /// A field whose type is a message. It is written in place, behind one byte for its length, which most need.
    mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
        tag(field, .bytes)
        let start = bytes.count
        bytes.append(0)
        write(&self)
        let length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
        } else {
            var prefix = ProtobufWriter()
            prefix.varint(UInt64(length))
            bytes.replaceSubrange(start...start, with: prefix.bytes)
        }
    }

    private mutating func lengthDelimited(_ field: UInt64, _ value: some Sequence<UInt8>, count: Int) {
        tag(field, .bytes)
        varint(UInt64(count))
        bytes.append(contentsOf: value)
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) { varint(field << 3 | type.rawValue) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The lowest byte first.
    private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        var rest = value
        for _ in 0..<MemoryLayout<Value>.size {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
