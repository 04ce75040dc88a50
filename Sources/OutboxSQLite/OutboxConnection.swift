internal import GRDB

/// How every connection to the outbox is set up.
enum OutboxConnection {
    /// Pages of the write-ahead log (4 KiB each) after which they are copied into the file.
    private static let checkpointPages = 500
    /// Bytes that the log keeps of its space after it was larger.
    private static let logBytes = 8 << 20
    /// Kibibytes of pages that the writer keeps in memory.
    private static let writerCache = 8_192

    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "Outbox"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        // A rollback that fails leaves a transaction open; the next one ends it instead of ending the process.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in
            // Sorting and statement journals must not leave bodies in temporary files.
            try db.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF")
            if !db.configuration.readonly { try prepareWriter(db) }
        }
        return configuration
    }

    private static func prepareWriter(_ db: Database) throws {
        // Takes effect only before the first table.
        if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 {
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
        }
        try db.execute(
            sql: """
                PRAGMA secure_delete = ON;
                PRAGMA wal_autocheckpoint = \(checkpointPages);
                PRAGMA journal_size_limit = \(logBytes);
                PRAGMA cache_size = -\(writerCache);
                """)
    }

    /// What must come after GRDB's own set-up, which ends with `synchronous = NORMAL`: there, a power cut takes the
    /// last commits with it.
    static func finish(_ writer: Database) throws { try writer.execute(sql: "PRAGMA synchronous = FULL") }
}
