internal import Domain
internal import Foundation

/// A JSON file with settings.
struct SettingsFile {
    /// A value of the file, as text like that of other sources.
    enum Value {
        case text(String)
        /// A number or a boolean.
        case literal(String)
        case list(String)
        /// The value has a type that no setting accepts.
        case unusable
    }

    /// By their nested keys.
    let values: [[String]: Value]

    /// - Throws: ``SettingsError`` if the file cannot be read, is not a JSON object, or has an unknown key.
    init(path: String) throws(SettingsError) {
        guard let contents = FileManager.default.contents(atPath: path) else {
            throw SettingsError("--config \(path): cannot be read; check the path and its permissions")
        }
        let text = Data(ByteOrderMark.dropped(from: contents))
        let root: Node
        do {
            root = try JSONDecoder().decode(Node.self, from: text)
        } catch {
            throw SettingsError("--config \(path): the file is not JSON: \(Self.mistake(in: text))")
        }
        guard case .object = root else { throw SettingsError("--config \(path): the file must hold one JSON object") }
        values = root.leaves(below: [])
        let known = Setting.table.map(\.components)
        for name in values.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where !known.contains(name) {
            let key = name.joined(separator: ".")
            throw SettingsError(
                "\(key) (file \(path)): there is no such setting; the closest is "
                    + "\(EditDistance.closest(to: key, among: Setting.table.map(\.name))); write a key with a dot as nested "
                    + #"objects, e.g. {"retry":{"max-retries":5}}"#)
        }
    }

    /// What keeps a text from being JSON, with line and column. `JSONDecoder` does not say it.
    private static func mistake(in text: Data) -> String {
        do {
            _ = try JSONSerialization.jsonObject(with: text, options: .fragmentsAllowed)
            return "it has a value that cannot be read"
        } catch {
            let reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)"
            guard let found = reason.firstMatch(of: /character ([0-9]+)/), let offset = Int(found.1) else {
                return reason
            }
            let lines = text.prefix(offset).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let column = String(decoding: lines.last ?? Data(), as: UTF8.self).count + 1
            return reason.replacingCharacters(in: found.range, with: "line \(lines.count), column \(column)")
        }
    }

    /// A JSON value.
    private enum Node: Decodable {
        case object([String: Node])
        case array([Node])
        case text(String)
        case literal(String)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .literal("\(flag)")
            } else if let number = try? container.decode(Int.self) {
                self = .literal("\(number)")
            } else if let number = try? container.decode(Double.self) {
                self = .literal("\(number)")
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
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
            case .text(let text): return .text(text)
            case .literal(let text): return .literal(text)
            case .array(let elements):
                let texts = elements.compactMap(\.scalar)
                return texts.count == elements.count ? .list(texts.joined(separator: ",")) : .unusable
            case .object, .null: return .unusable
            }
        }

        private var scalar: String? {
            switch self {
            case .text(let text), .literal(let text): text
            case .object, .array, .null: nil
            }
        }
    }
}
