import Foundation
import Testing

/// A message of Protocol Buffers, read without its definition.
struct ProtobufMessage {
    enum Value: Equatable {
        case number(UInt64)
        case bytes([UInt8])
    }

    private(set) var fields: [Int: [Value]] = [:]

    /// - Throws: if the bytes are no message.
    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let tag = try Self.varint(&rest)
            let value: Value
            switch tag & 7 {
            case 0: value = .number(try Self.varint(&rest))
            case 1: value = .number(try Self.fixed(&rest, 8))
            case 2: value = .bytes(try Self.take(&rest, Int(try Self.varint(&rest))))
            case 5: value = .number(try Self.fixed(&rest, 4))
            default: throw CocoaError(.coderInvalidValue)
            }
            fields[Int(tag >> 3), default: []].append(value)
        }
    }

    func number(_ field: Int) -> UInt64? {
        if case .number(let number)? = fields[field]?.first { number } else { nil }
    }

    func bytes(_ field: Int) -> [UInt8]? { all(field).first }

    func text(_ field: Int) -> String? { bytes(field).map { String(decoding: $0, as: UTF8.self) } }

    func messages(_ field: Int) throws -> [ProtobufMessage] { try all(field).map { try ProtobufMessage($0) } }

    func message(_ field: Int) throws -> ProtobufMessage { try #require(try messages(field).first) }

    private func all(_ field: Int) -> [[UInt8]] {
        (fields[field] ?? []).compactMap { if case .bytes(let bytes) = $0 { bytes } else { nil } }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            let next = rest.popFirst()
            let byte = try #require(next)
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw CocoaError(.coderInvalidValue)
    }

    private static func fixed(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws -> UInt64 {
        try take(&rest, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws -> [UInt8] {
        try #require(rest.count >= count)
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }
}
