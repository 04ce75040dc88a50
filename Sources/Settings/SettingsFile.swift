internal import Foundation

/// A JSON file with settings.
struct SettingsFile {
    /// A value of the file, as text like that of other sources.
    enum Value {
        case text(String)
        case list(String)
        /// The value has a type that no setting accepts.
        case unusable
    }

    /// By their nested keys.
    let values: [[String]: Value]

    /// - Throws: ``SettingsError`` if the file cannot be read, is not a JSON object, or has an unknown key.
    init(path: String) throws(SettingsError) {
        let root: Node
        do {
            root = try JSONDecoder().decode(Node.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw SettingsError("--config \(path): cannot be read as a JSON object (\(error.localizedDescription))")
        }
        guard case .object = root else { throw SettingsError("--config \(path): the file must hold one JSON object") }
        values = root.leaves(below: [])
        let known = Set(Setting.table.map(\.components))
        for name in values.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where !known.contains(name) {
            throw SettingsError(
                "\(name.joined(separator: ".")) (file \(path)): there is no such setting; write a key with a dot as nested objects, "
                    + #"e.g. {"retry":{"max-retries":5}}"#)
        }
    }

    /// A JSON value.
    private enum Node: Decodable {
        case object([String: Node])
        case array([Node])
        case scalar(String)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .scalar("\(flag)")
            } else if let number = try? container.decode(Int.self) {
                self = .scalar("\(number)")
            } else if let number = try? container.decode(Double.self) {
                self = .scalar("\(number)")
            } else if let text = try? container.decode(String.self) {
                self = .scalar(text)
            } else if let array = try? container.decode([Node].self) {
                self = .array(array)
            } else {
                self = .object(try container.decode([String: Node].self))
            }
        }

        func leaves(below keys: [String]) -> [[String]: Value] {
            guard case .object(let members) = self else { return [keys: value] }
            return members.reduce(into: [:]) { leaves, member in
                leaves.merge(member.value.leaves(below: keys + [member.key])) { first, _ in first }
            }
        }

        private var value: Value {
            switch self {
            case .scalar(let text): return .text(text)
            case .array(let elements):
                let texts = elements.compactMap { if case .scalar(let text) = $0 { text } else { nil } }
                return texts.count == elements.count ? .list(texts.joined(separator: ",")) : .unusable
            case .object, .null: return .unusable
            }
        }
    }
}
