internal import GRDB

/// Checks a file that is being opened: all of it if it is small, else the first and last row of every table.
///
/// A relay with a million pending deliveries must start within a second, and a full check reads every page.
struct OutboxCheck {
    /// Largest file, in bytes, that is checked as a whole; that takes some tenths of a second.
    private static let thoroughLimit = 64 << 20

    let db: Database

    func run() throws {
        guard try db.tableExists("totals") else { return }
        if try bytes() <= Self.thoroughLimit { try checkAll() } else { try checkEnds() }
    }

    private func bytes() throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return pages * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }

    private func checkAll() throws {
        let answer = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? ""
        if answer != "ok" { throw OutboxError.damaged(answer) }
    }

    private func checkEnds() throws {
        for (table, order) in Schema.probes where try db.tableExists(table) {
            for direction in ["ASC", "DESC"] {
                _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) ORDER BY \(order) \(direction) LIMIT 1")
            }
        }
    }
}
