internal import Foundation

/// A JSON value for tests: a missing member reads as `null`.
@dynamicMemberLookup
package enum JSON: Decodable, Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    package init(parsing bytes: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    package subscript(dynamicMember name: String) -> JSON { self[name] }

    package subscript(name: String) -> JSON { object[name] ?? .null }

    package subscript(index: Int) -> JSON { list.indices.contains(index) ? list[index] : .null }

    package var object: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
    package var list: [JSON] { if case .list(let elements) = self { elements } else { [] } }
    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
    package var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// A whole number; 0 if the value is missing, as for a counter without counts.
    package var count: Int { number.flatMap { Int(exactly: $0) } ?? 0 }
}
