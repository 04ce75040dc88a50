internal import NIOCore

/// Appends JSON objects, one a line, to a buffer.
struct JSONLine {
    private(set) var buffer = ByteBuffer()
    private var isFirst = true

    mutating func begin() {
        buffer.writeInteger(UInt8(ascii: "{"))
        isFirst = true
    }

    mutating func end() { buffer.writeStaticString("}\n") }

    /// - Parameter plain: a number, as it is written.
    mutating func add(_ key: StaticString, plain: String) {
        write(key)
        buffer.writeString(plain)
    }

    mutating func add(_ key: StaticString, text: String) {
        write(key)
        buffer.writeInteger(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            buffer.writeString(text)
        } else {
            for byte in text.utf8 { write(escaping: byte) }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func write(_ key: StaticString) {
        buffer.writeStaticString(isFirst ? "\"" : ",\"")
        buffer.writeStaticString(key)
        buffer.writeStaticString("\":")
        isFirst = false
    }

    /// RFC 8259, 7: the quotation mark, the reverse solidus and the control characters must be escaped.
    private mutating func write(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            buffer.writeInteger(UInt8(ascii: "\\"))
            buffer.writeInteger(byte)
        case 0..<0x20:
            buffer.writeStaticString(byte < 0x10 ? "\\u000" : "\\u00")
            buffer.writeString(String(byte, radix: 16))
        default: buffer.writeInteger(byte)
        }
    }
}
