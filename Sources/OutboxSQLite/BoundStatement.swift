internal import Domain
internal import GRDB
internal import GRDBSQLite

/// A statement that is compiled once for each connection.
///
/// It binds values and reads columns without the boxes of GRDB, which cost more than SQLite itself where every delivery
/// passes. Valid while its connection is in use, on that connection's queue only.
@safe struct BoundStatement {
    enum Value {
        case integer(Int64)
        case text(String)
        case bytes([UInt8])
        case null

        init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
        init(_ text: String?) { self = text.map { .text($0) } ?? .null }

        static func integer(_ value: Int) -> Value { .integer(Int64(value)) }
        /// A text from a writer, stored as bytes.
        static func bytes(of text: String) -> Value { .bytes(Array(text.utf8)) }
    }

    private let statement: OpaquePointer
    /// Finalizes the statement when nothing refers to it.
    private let owner: Statement

    init(_ db: Database, _ sql: String) throws {
        owner = try db.cachedStatement(sql: sql)
        unsafe statement = owner.sqliteStatement
    }

    /// Runs the statement, which returns no rows.
    func run(_ values: Value...) throws { try forEach(values) { _ in false } }

    /// The first row as `read` reads it; nil: there is none.
    func first<Result>(_ values: Value..., read: (ColumnReader) throws -> Result) throws -> Result? {
        var result: Result?
        try forEach(values) { row in
            result = try read(row)
            return false
        }
        return result
    }

    /// All rows as `read` reads them.
    func all<Result>(_ values: [Value], read: (ColumnReader) throws -> Result) throws -> [Result] {
        var results: [Result] = []
        try forEach(values) { row in
            results.append(try read(row))
            return true
        }
        return results
    }

    /// Calls `body` with each row until it returns false.
    private func forEach(_ values: [Value], _ body: (ColumnReader) throws -> Bool) throws {
        // GRDB may have left the same statement unfinished.
        unsafe sqlite3_reset(statement)
        defer {
            unsafe sqlite3_reset(statement)
            // Otherwise the statement keeps a copy of the last body.
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            if bind(value, at: Int32(index + 1)) != SQLITE_OK { throw failure }
        }
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_DONE: return
            case SQLITE_ROW: if try !body(unsafe ColumnReader(statement)) { return }
            default: throw failure
            }
        }
    }

    /// SQLite copies texts and bytes.
    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .integer(let value): return unsafe sqlite3_bind_int64(statement, index, value)
        case .null: return unsafe sqlite3_bind_null(statement, index)
        case .bytes(let bytes):
            // Without an address, SQLite would bind NULL.
            if bytes.isEmpty { return unsafe sqlite3_bind_zeroblob(statement, index, 0) }
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), Self.copies)
            }
        case .text(var text):
            return text.withUTF8 { text in
                unsafe text.withMemoryRebound(to: CChar.self) { text in
                    unsafe sqlite3_bind_text64(
                        statement, index, text.baseAddress, UInt64(text.count), Self.copies, UInt8(SQLITE_UTF8))
                }
            }
        }
    }

    private var failure: DatabaseError {
        let connection = unsafe sqlite3_db_handle(statement)
        return unsafe DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: String(cString: sqlite3_errmsg(connection)), sql: owner.sql)
    }

    /// `SQLITE_TRANSIENT`, which Swift does not import.
    private static let copies = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The columns of the current row of a ``BoundStatement``, as values of the relay.
@safe struct ColumnReader {
    private let statement: OpaquePointer

    fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = statement }

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(statement, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(statement, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func bytes(_ column: Int32) -> [UInt8] { unsafe Array(content(column)) }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    /// A text, also one that is stored as bytes.
    func text(_ column: Int32) -> String { unsafe String(decoding: content(column), as: UTF8.self) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func time(_ column: Int32) -> SteadyTime { SteadyTime(microseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> SteadyTime? { isNull(column) ? nil : time(column) }

    func artifactID(_ column: Int32) -> ArtifactID { ArtifactIDColumn.decode(bytes(column)) }

    /// The state of a final delivery from the reason of its failure; NULL: it was delivered.
    func finalState(_ column: Int32) -> DeliveryState {
        optionalText(column).map { .failed(ErrorClass($0)) } ?? .delivered
    }

    /// Scheme, host and port from three columns.
    func origin(_ column: Int32) throws -> Origin {
        guard let scheme = Origin.Scheme(rawValue: text(column)), let port = UInt16(exactly: integer(column + 2))
        else { throw OutboxError.damaged("an origin has an invalid scheme or port") }
        return Origin(scheme: scheme, host: text(column + 1), port: port)
    }

    private func content(_ column: Int32) -> UnsafeRawBufferPointer {
        // The order matters: SQLite may move the content when it converts it.
        let start = unsafe sqlite3_column_blob(statement, column)
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }
}
