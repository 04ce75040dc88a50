internal import Domain
internal import GRDB

/// The marks of the clocks, one row for each boot of the machine.
enum BootRows {
    /// Bounds the table on a machine that boots again and again.
    private static let max = 100

    static func read(_ db: Database) throws -> [ClockMark] {
        let rows = try db.rows("SELECT since, boot, elapsed, steady, wall FROM boots ORDER BY since", [])
        return try Array(
            rows.map { row in
                ClockMark(
                    since: row.knownTime(0), boot: BootClock(id: row[1], elapsed: .microseconds(row[2] as Int64)),
                    steady: row.knownTime(3), wall: WallTime(microseconds: row[4]))
            })
    }

    static func keep(_ mark: ClockMark, _ db: Database) throws {
        try db.run(
            "INSERT OR REPLACE INTO boots (since, boot, elapsed, steady, wall) VALUES (?, ?, ?, ?, ?)",
            [
                mark.since.microseconds, mark.boot.id, mark.boot.elapsed.microseconds, mark.steady.microseconds,
                mark.wall.microseconds,
            ])
        try db.run(
            "DELETE FROM boots WHERE since < (SELECT since FROM boots ORDER BY since DESC LIMIT 1 OFFSET ?)", [max - 1])
    }
}
