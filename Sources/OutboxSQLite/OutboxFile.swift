internal import Domain
internal import Foundation
internal import GRDB

/// Opens and checks the file of the outbox, and renames it if it is damaged.
///
/// Only the owner can read the file, from its creation on. A damaged file is renamed, never deleted.
struct OutboxFile {
    typealias Opened = (pool: DatabasePool, totals: Totals, setAside: OpenReport.SetAside?)

    let path: String

    /// Opens the file, or creates a new one if it is missing or damaged.
    func open() throws -> Opened {
        do {
            let (pool, totals) = try connect()
            return (pool, totals, nil)
        } catch let damage where Self.isDamage(damage) {
            let aside = try setAside()
            let (pool, totals) = try connect()
            return (pool, totals, OpenReport.SetAside(path: aside, reason: "\(damage)"))
        }
    }

    private func connect() throws -> (DatabasePool, Totals) {
        try makePrivate()
        let pool = try DatabasePool(path: path, configuration: OutboxConnection.configuration)
        do {
            try pool.writeWithoutTransaction { db in
                try OutboxConnection.finish(db)
                try OutboxCheck(db: db).run()
            }
            try migrate(pool)
            return (pool, try pool.writeWithoutTransaction { try Totals.read($0) })
        } catch {
            try? pool.close()
            throw error
        }
    }

    /// Sets the mode of the main file; SQLite gives `-wal` and `-shm` the same mode.
    private func makePrivate() throws {
        let mode = [FileAttributeKey.posixPermissions: NSNumber(value: 0o600)]
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.setAttributes(mode, ofItemAtPath: path)
        } else if !FileManager.default.createFile(atPath: path, contents: nil, attributes: mode) {
            throw OutboxError.cannotCreate(path: path)
        }
    }

    /// Migrates the schema and empties the write-ahead log, because after a crash the log may hold content that must be
    /// erased. Continues if the disk is full, because deliveries free space.
    private func migrate(_ pool: DatabasePool) throws {
        let migrator = Schema.migrator
        if try pool.read(migrator.hasBeenSuperseded) { throw OutboxError.newerSchema(path: path) }
        do {
            try migrator.migrate(pool)
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_FULL {
            throw OutboxError.noRoomToMigrate(path: path)
        }
        do {
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_FULL {}
    }

    // MARK: Damage

    private static func isDamage(_ error: any Error) -> Bool {
        if case OutboxError.damaged = error { return true }
        guard let code = (error as? DatabaseError)?.resultCode.primaryResultCode else { return false }
        return code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB
    }

    /// - Returns: the new path. The log is renamed as well, so that SQLite finds it beside the renamed file.
    private func setAside() throws -> String {
        let stamp = WallTime.system.iso8601.filter { $0 != "-" && $0 != ":" }
        let aside = "\(path).corrupt-\(stamp)"
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
        }
        return aside
    }
}
