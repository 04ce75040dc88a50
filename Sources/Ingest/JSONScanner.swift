package import Domain

/// Validates one JSON text (RFC 8259) in one pass and records the positions of its top-level object's members.
///
/// Rejects what RFC 8259 does not allow, and also a byte order mark, unpaired escaped surrogates (such a text has no
/// UTF-8 form) and nesting deeper than ``maxDepth``. Builds no tree and does not recurse.
package struct JSONScanner {
    /// The deepest nesting of objects and arrays, including the top-level object.
    package static let maxDepth = 512

    private let bytes: [UInt8]
    private var position = 0
    /// One entry per open container: whether it is an object.
    private var containers: [Bool] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The members of the top-level object, in order, duplicates included.
    package static func members(of bytes: [UInt8]) throws(Rejection) -> [JSONMember] {
        var scanner = JSONScanner(bytes)
        return try scanner.topLevelObject()
    }

    private mutating func topLevelObject() throws(Rejection) -> [JSONMember] {
        skipWhiteSpace()
        guard current == UInt8(ascii: "{") else { throw try notAnObject() }
        position += 1
        containers.append(true)
        var members: [JSONMember] = []
        members.reserveCapacity(16)
        skipWhiteSpace()
        if current == UInt8(ascii: "}") {
            position += 1
        } else {
            repeat { members.append(try member()) } while try continues()
        }
        try expectEnd()
        return members
    }

    /// Distinguishes valid JSON of another type from invalid JSON.
    private mutating func notAnObject() throws(Rejection) -> Rejection {
        guard position < bytes.count else { return invalid("the line is empty") }
        try value()
        try expectEnd()
        return Rejection(.notAnObject, "the line is JSON but not an object; send one object per line")
    }

    private mutating func expectEnd() throws(Rejection) {
        skipWhiteSpace()
        guard position == bytes.count else { throw invalid("text follows the value; send one object per line") }
    }

    private mutating func member() throws(Rejection) -> JSONMember {
        let key = try self.key()
        let kind = try kind()
        let start = position
        try value()
        return JSONMember(key: key, value: start..<position, kind: kind)
    }

    /// Skips a key and its colon, up to the first byte of the value.
    private mutating func key() throws(Rejection) -> Range<Int> {
        skipWhiteSpace()
        guard current == UInt8(ascii: "\"") else { throw invalid("a key in double quotes is missing") }
        let start = position
        try string()
        let key = start + 1..<position - 1
        skipWhiteSpace()
        guard current == UInt8(ascii: ":") else { throw invalid("a colon is missing after a key") }
        position += 1
        skipWhiteSpace()
        return key
    }

    // MARK: Containers

    /// Skips one value of any kind, including everything inside it.
    private mutating func value() throws(Rejection) {
        let outside = containers.count
        repeat {
            while try entersContainer() {}
        } while try reachesNextValue(downTo: outside)
    }

    /// At the first byte of a value: skips the bracket of a container up to its first value and returns true, or skips
    /// all of a scalar or an empty container and returns false.
    private mutating func entersContainer() throws(Rejection) -> Bool {
        let kind = try kind()
        guard kind == .object || kind == .array else {
            try scalar(kind)
            return false
        }
        guard containers.count < Self.maxDepth else {
            throw Rejection(.tooDeep, "nested deeper than \(Self.maxDepth); flatten the payload")
        }
        containers.append(kind == .object)
        position += 1
        skipWhiteSpace()
        if current == closingBracket {
            position += 1
            containers.removeLast()
            return false
        }
        if kind == .object { _ = try key() }
        return true
    }

    /// After a value: closes the containers that end here. Returns true at the next value, or false if all are closed.
    private mutating func reachesNextValue(downTo outside: Int) throws(Rejection) -> Bool {
        while containers.count > outside {
            if try continues() {
                if containers[containers.count - 1] { _ = try key() } else { skipWhiteSpace() }
                return true
            }
        }
        return false
    }

    /// After an element: skips a comma and returns true, or closes the innermost container and returns false.
    private mutating func continues() throws(Rejection) -> Bool {
        skipWhiteSpace()
        if current == UInt8(ascii: ",") {
            position += 1
            return true
        }
        guard current == closingBracket else { throw invalid("a comma or a closing bracket is missing") }
        position += 1
        containers.removeLast()
        return false
    }

    private var closingBracket: UInt8 {
        containers[containers.count - 1] ? UInt8(ascii: "}") : UInt8(ascii: "]")
    }

    // MARK: Scalars

    private func kind() throws(Rejection) -> JSONMember.Kind {
        switch current {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: throw invalid("a value is missing")
        }
    }

    private mutating func scalar(_ kind: JSONMember.Kind) throws(Rejection) {
        switch kind {
        case .string: try string()
        case .number: try number()
        case .null: try word("null")
        default: try word(current == UInt8(ascii: "t") ? "true" : "false")
        }
    }

    private mutating func word(_ word: StaticString) throws(Rejection) {
        for index in 0..<word.utf8CodeUnitCount {
            guard current == (unsafe word.utf8Start[index]) else { throw invalid("a value is not null, true or false") }
            position += 1
        }
    }

    private mutating func number() throws(Rejection) {
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        guard current == UInt8(ascii: "e") || current == UInt8(ascii: "E") else { return }
        position += 1
        if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
        try digits()
    }

    private mutating func digits() throws(Rejection) {
        guard isDigit(current) else { throw invalid("a digit is missing in a number") }
        while isDigit(current) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private mutating func string() throws(Rejection) {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw invalid("a control character in a string must be escaped")
            case 0x80...: try multiByteCharacter(byte)
            default: position += 1
            }
        }
        throw invalid("a string has no closing quote")
    }

    private mutating func escape() throws(Rejection) {
        position += 1
        switch current {
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            if unit & 0xFC00 == 0xDC00 { throw loneSurrogate() }
            if unit & 0xFC00 == 0xD800 { try lowSurrogate() }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw invalid("an unknown escape in a string")
        }
    }

    private mutating func lowSurrogate() throws(Rejection) {
        guard current == UInt8(ascii: "\\") else { throw loneSurrogate() }
        position += 1
        guard current == UInt8(ascii: "u") else { throw loneSurrogate() }
        position += 1
        guard try hexUnit() & 0xFC00 == 0xDC00 else { throw loneSurrogate() }
    }

    private func loneSurrogate() -> Rejection { invalid("an escaped surrogate is unpaired") }

    private mutating func hexUnit() throws(Rejection) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = JSONString.hexDigit(current) else { throw invalid("an escape needs four hex digits") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    /// Skips one UTF-8 sequence of two to four bytes (Unicode 16, table 3-7: no overlong form, no surrogate).
    private mutating func multiByteCharacter(_ first: UInt8) throws(Rejection) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw invalid("not UTF-8")
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { throw invalid("not UTF-8") }
        for index in 2..<max(2, length) where bytes[position + index] & 0xC0 != 0x80 { throw invalid("not UTF-8") }
        position += length
    }

    // MARK: Bytes

    /// The next byte, or NUL after the end. A NUL is valid nowhere in JSON.
    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func invalid(_ what: String) -> Rejection {
        Rejection(.invalidJSON, "\(what) (byte \(min(position, bytes.count) + 1) of the line)")
    }
}
