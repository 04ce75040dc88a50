internal import Domain
internal import Foundation
internal import GRDB

/// Conversions between columns and the relay's types.
extension Row {
    func time(_ index: Int) -> SteadyTime? { (self[index] as Int64?).map { SteadyTime(microseconds: $0) } }

    /// A time in a column that is never NULL.
    func knownTime(_ index: Int) -> SteadyTime { SteadyTime(microseconds: self[index]) }

    /// A text from a writer, stored as bytes.
    func text(_ index: Int) -> String { String(decoding: self[index] as Data, as: UTF8.self) }

    /// Scheme, host and port from three columns.
    func origin(_ index: Int) throws -> Origin {
        guard let scheme = Origin.Scheme(rawValue: self[index]), let port = UInt16(exactly: self[index + 2] as Int64)
        else { throw OutboxError.damaged("an origin has an invalid scheme or port") }
        return Origin(scheme: scheme, host: self[index + 1], port: port)
    }

    func artifactID(_ index: Int) -> ArtifactID { ArtifactIDColumn.decode(self[index] as Data) }

    /// The state of a final delivery from the reason of its failure; NULL: it was delivered.
    func finalState(_ index: Int) -> DeliveryState {
        (self[index] as String?).map { .failed(ErrorClass($0)) } ?? .delivered
    }
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
