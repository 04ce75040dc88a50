internal import GRDB

/// The SQLite settings that durability and erasure depend on, as the writing connection reports them.
package struct StorageReport: Sendable {
    /// `wal`: readers never block the writer.
    package let journalMode: String
    /// 2 is `FULL`: a commit is on disk before it returns.
    package let synchronous: Int
    /// 1: deleted content is overwritten with zeros.
    package let secureDelete: Int
    package let foreignKeys: Bool
    /// 2 is incremental: free pages can be returned to the file system a few at a time.
    package let autoVacuum: Int
    /// Pages of the file, including free ones.
    package let pages: Int
    package let freePages: Int
}

extension SQLiteOutbox {
    package func storage() async throws -> StorageReport {
        try await queue.perform { transaction in
            let db = transaction.db
            func number(_ pragma: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0 }
            return StorageReport(
                journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
                synchronous: try number("synchronous"), secureDelete: try number("secure_delete"),
                foreignKeys: try number("foreign_keys") == 1, autoVacuum: try number("auto_vacuum"),
                pages: try number("page_count"), freePages: try number("freelist_count"))
        }
    }

    /// Limits the file to this number of pages, or to its current size if that is larger, as a full disk does.
    package func limit(pages: Int) async throws {
        try await queue.perform { _ = try Int.fetchOne($0.db, sql: "PRAGMA max_page_count = \(pages)") }
    }
}
