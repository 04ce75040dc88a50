internal import GRDB

/// Takes zeroed rows of `receivers` away without moving any that still holds a secret.
///
/// The table is used from its front to its end, like a log, and its keys have no gap: what is in use at the front is
/// written once more at the end and zeroed in its old place; then the front is all zeros and can go. Some zeroed rows
/// are left before the first one in use, for SQLite joins the page of a deleted row with those beside it.
enum ReceiverLog {
    /// Rows that one transaction takes away.
    private static let slice: Int64 = 500
    /// Zeroed rows that stay before the first in use: more than three pages (4 KiB each) of the shortest.
    private static let margin: Int64 = 1_500

    /// Does a slice of the work, if less than half of the rows are in use.
    /// - Returns: whether there may be more to do.
    static func tidy(_ db: Database) throws -> Bool {
        let ends = try db.row("SELECT min(key), max(key) FROM receivers", [])
        guard let first = ends?[0] as Int64?, let last = ends?[1] as Int64? else { return false }
        let used = Int64(try Totals.read(db).receivers)
        guard last - first + 1 - used > used + margin + slice else { return false }
        for key in try keysInUse(from: first, to: first + slice + margin, db) { try move(key, db) }
        try db.run("DELETE FROM receivers WHERE key < ?", [first + slice])
        return true
    }

    private static func keysInUse(from first: Int64, to end: Int64, _ db: Database) throws -> [Int64] {
        let rows = try db.rows("SELECT key FROM receivers WHERE key >= ? AND key < ? AND used = 1", [first, end])
        return try Array(rows.map { $0[0] })
    }

    private static func move(_ key: Int64, _ db: Database) throws {
        try db.run(
            "INSERT INTO receivers (used, target, secret) SELECT used, target, secret FROM receivers WHERE key = ?",
            [key])
        try db.run("UPDATE registrations SET receiver = ? WHERE receiver = ?", [db.lastInsertedRowID, key])
        try db.run("UPDATE receivers SET used = 0 WHERE key = ?", [key])
    }
}
