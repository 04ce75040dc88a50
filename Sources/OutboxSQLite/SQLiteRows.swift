internal import Domain
internal import Foundation
internal import GRDB

/// Times in columns.
extension Row {
    func time(_ index: Int) -> SteadyTime? { (self[index] as Int64?).map { SteadyTime(microseconds: $0) } }

    /// A time in a column that is never NULL.
    func knownTime(_ index: Int) -> SteadyTime { SteadyTime(microseconds: self[index]) }
}

extension String {
    /// The bytes, for a column that stores a text from a writer.
    var bytes: Data { Data(utf8) }
}

extension Database {
    /// Runs a statement that is compiled once for each connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first row of a statement that is compiled once for each connection.
    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The rows of a statement that is compiled once for each connection; each is valid until the next is read.
    func rows(_ sql: String, _ arguments: StatementArguments) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    }
}
