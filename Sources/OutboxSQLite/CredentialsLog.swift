internal import GRDB

/// Deletes zeroed rows of `credentials` without moving any row that still holds a secret.
///
/// The table is a log with contiguous keys. Rows in use at the front are copied to the end and zeroed in place; then
/// the front has only zeroed rows and can be deleted. Some zeroed rows stay before the first row in use, because SQLite
/// joins the page of a deleted row with the pages beside it.
enum CredentialsLog {
    /// Rows that one transaction deletes.
    private static let slice: Int64 = 500
    /// Zeroed rows that stay before the first row in use: more than three pages (4 KiB each) of the shortest rows.
    private static let margin: Int64 = 1_500

    /// Deletes one slice, if less than half of the rows are in use.
    /// - Returns: whether there may be more to delete.
    static func tidy(_ db: Database) throws -> Bool {
        let ends = try db.row("SELECT min(key), max(key) FROM credentials", [])
        guard let first = ends?[0] as Int64?, let last = ends?[1] as Int64? else { return false }
        let used = Int64(try Totals.read(db).credentials)
        guard last - first + 1 - used > used + margin + slice else { return false }
        for key in try keysInUse(from: first, to: first + slice + margin, db) { try move(key, db) }
        try db.run("DELETE FROM credentials WHERE key < ?", [first + slice])
        return true
    }

    private static func keysInUse(from first: Int64, to end: Int64, _ db: Database) throws -> [Int64] {
        let rows = try db.rows("SELECT key FROM credentials WHERE key >= ? AND key < ? AND used = 1", [first, end])
        return try Array(rows.map { $0[0] })
    }

    private static func move(_ key: Int64, _ db: Database) throws {
        try db.run(
            "INSERT INTO credentials (used, target, secret) SELECT used, target, secret FROM credentials WHERE key = ?",
            [key])
        try db.run("UPDATE registrations SET credentials = ? WHERE credentials = ?", [db.lastInsertedRowID, key])
        try db.run("UPDATE credentials SET used = 0 WHERE key = ?", [key])
    }
}
