internal import Foundation

/// A list of texts in one column, as a JSON array; nil is NULL.
enum TextList {
    static func encode(_ texts: [String]?) throws -> Data? { try texts.map { try JSONEncoder().encode($0) } }

    /// Throws if the column holds something else: a filter that is lost would let everything through.
    static func decode(_ column: [UInt8]?) throws -> [String]? {
        guard let column else { return nil }
        guard let texts = try? JSONDecoder().decode([String].self, from: Data(column)) else {
            throw OutboxError.damaged("a registration has an invalid list")
        }
        return texts
    }
}
