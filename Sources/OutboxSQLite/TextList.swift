internal import Foundation
internal import GRDB

/// A list of texts in one column, as a JSON array; an empty list is NULL.
enum TextList {
    static func encode(_ texts: [String]) throws -> Data? { texts.isEmpty ? nil : try JSONEncoder().encode(texts) }

    /// Throws if the column holds something else, because a list that is lost would select or sign otherwise.
    static func decode(_ row: Row, _ column: Int) throws -> [String] {
        guard let data = row[column] as Data? else { return [] }
        guard let texts = try? JSONDecoder().decode([String].self, from: data), !texts.isEmpty else {
            throw OutboxError.damaged("a registration has an invalid list")
        }
        return texts
    }
}
