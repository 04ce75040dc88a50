internal import GRDB

/// One transaction of the writing connection.
final class WriteTransaction {
    let db: Database
    /// Not in the file until ``writeCounts()``.
    var counts = CountChanges()

    init(_ db: Database) { self.db = db }

    /// Writes the changes of the counts. Call it before statements that read counts or workflows.
    func writeCounts() throws { try counts.write(db) }
}
