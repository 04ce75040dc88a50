internal import GRDB

/// The configuration of every connection to the outbox.
enum OutboxConnection {
    /// Pages (4 KiB each) in the write-ahead log at which SQLite copies them into the file.
    private static let checkpointPages = 2_000
    /// Bytes to which SQLite truncates a larger log.
    private static let logBytes = 16 << 20
    /// Page cache of the writer, in KiB.
    private static let writerCache = 16_384

    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "Outbox"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        // A failed rollback leaves a transaction open. The next transaction rolls it back; by default GRDB would trap.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in
            // Sorting and statement journals must not leave bodies in temporary files.
            try db.execute(sql: "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF")
            if !db.configuration.readonly { try prepareWriter(db) }
        }
        return configuration
    }

    static var readOnly: Configuration {
        var configuration = configuration
        configuration.readonly = true
        return configuration
    }

    private static func prepareWriter(_ db: Database) throws {
        // Takes effect only before the first table is created.
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

    /// Must run after GRDB's own set-up, which sets `synchronous = NORMAL`: with that, a power cut loses the last
    /// commits.
    static func finish(_ writer: Database) throws { try writer.execute(sql: "PRAGMA synchronous = FULL") }
}
