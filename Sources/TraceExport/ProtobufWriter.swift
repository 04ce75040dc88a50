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
        append(value.littleEndian)
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        tag(field, .fixed32)
        append(value.littleEndian)
    }

    /// A field of type `double`.
    mutating func double(_ field: UInt64, _ value: Double) { fixed64(field, value.bitPattern) }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) { lengthDelimited(field, value, count: value.count) }

    mutating func string(_ field: UInt64, _ value: String) {
        let text = value.utf8
        lengthDelimited(field, text, count: text.count)
    }

    /// A field whose type is a message.
    mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        bytes(field, inner.bytes)
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

    private mutating func append<Value: FixedWidthInteger>(_ littleEndian: Value) {
        var rest = littleEndian
        for _ in 0..<MemoryLayout<Value>.size {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
