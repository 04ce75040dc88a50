internal import Domain

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The fields of one line that the relay reads, by name. All other fields are ignored.
struct EventFields {
    /// Fields of Flock's event models and of the control lines.
    enum Name: String, CaseIterable {
        case artifactID = "artifact_id"
        case artifactType = "artifact_type"
        case artifactsProduced = "artifacts_produced"
        case acks
        case correlationID = "correlation_id"
        case correlationKey = "correlation_key"
        case createdAt = "created_at"
        case errorType = "error_type"
        case events
        case format
        case grace
        case itemsCollected = "items_collected"
        case kind
        case maxRetries = "max_retries"
        case ordering
        case outputType = "output_type"
        case payload
        case producedBy = "produced_by"
        case producers
        case sequences
        case status
        case subscriptionInfo = "subscription_info"
        case tags
        case timestamp
        case traceparent
        case tracestate
        case type
        case types
        case visibility
        case webhookSecret = "webhook_secret"
        case webhookURL = "webhook_url"

        static let byKey = Dictionary(uniqueKeysWithValues: allCases.map { (Array($0.rawValue.utf8)[...], $0) })
    }

    let line: [UInt8]
    private var members: [Name: JSONMember] = [:]
    private var repeated: Set<Name> = []

    init(_ members: [JSONMember], in line: [UInt8]) {
        self.line = line
        for member in members {
            guard let name = Self.name(line[member.key]) else { continue }
            if self.members.updateValue(member, forKey: name) != nil { repeated.insert(name) }
        }
    }

    /// A key with escapes is decoded before it is compared.
    private static func name(_ key: ArraySlice<UInt8>) -> Name? {
        key.contains(UInt8(ascii: "\\")) ? Name(rawValue: JSONString.decode(key)) : Name.byKey[key]
    }

    func has(_ name: Name) -> Bool { members[name] != nil }

    func kind(_ name: Name) -> JSONMember.Kind? { members[name]?.kind }

    // MARK: Values

    /// The range of the value in the line; nil if the field is absent or null.
    func optional(_ name: Name, _ kind: JSONMember.Kind) throws(Rejection) -> Range<Int>? {
        guard let member = members[name] else { return nil }
        guard !repeated.contains(name) else {
            throw Rejection(.duplicateKey, "\(name.rawValue) appears more than once; send it once")
        }
        guard member.kind != .null else { return nil }
        guard member.kind == kind else { throw .wrongType(name, kind) }
        return member.value
    }

    /// The range of the value in the line. Null is rejected unless `other` allows it.
    func required(
        _ name: Name, _ kind: JSONMember.Kind = .string, or other: JSONMember.Kind? = nil
    ) throws(Rejection) -> Range<Int> {
        guard let member = members[name] else { throw .missing(name) }
        if member.kind == .null && other == .null { return member.value }
        guard let range = try optional(name, kind) else { throw .wrongType(name, kind) }
        return range
    }

    func requiredString(_ name: Name) throws(Rejection) -> String { text(try required(name, .string)) }

    /// nil if the field is absent or null.
    func string(_ name: Name) throws(Rejection) -> String? { try optional(name, .string).map(text) }

    /// nil if the field is absent or null.
    func boolean(_ name: Name) throws(Rejection) -> Bool? {
        try optional(name, .boolean).map { line[$0.lowerBound] == UInt8(ascii: "t") }
    }

    /// The strings of an array; nil if the field is absent or null.
    ///
    /// - Parameter maxBytes: of the array as it is written, so that a long line is not decoded in vain.
    func strings(_ name: Name, maxBytes: Int) throws(Rejection) -> [String]? {
        guard let range = try optional(name, .array) else { return nil }
        guard range.count <= maxBytes else {
            throw Rejection(.invalidValue, "\(name.rawValue) has more than \(maxBytes) bytes; shorten it")
        }
        guard let strings = try? JSONDecoder().decode([String].self, from: Data(line[range])) else {
            throw Rejection(.wrongType, "\(name.rawValue) must be an array of strings")
        }
        return strings
    }

    private func text(_ range: Range<Int>) -> String { JSONString.decode(line[range].dropFirst().dropLast()) }
}

extension Rejection {
    static func missing(_ name: EventFields.Name) -> Rejection {
        Rejection(.missingField, "\(name.rawValue) is missing")
    }

    static func wrongType(_ name: EventFields.Name, _ kind: JSONMember.Kind) -> Rejection {
        Rejection(.wrongType, "\(name.rawValue) must be of type \(kind)")
    }
}
