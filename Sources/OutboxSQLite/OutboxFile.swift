internal import Domain
internal import Foundation
internal import GRDB

/// The file of the outbox: how it is opened, checked, and set aside when it is damaged.
///
/// Only its owner can read it, from its first byte on. A damaged file is renamed, never deleted.
struct OutboxFile {
    typealias Opened = (pool: DatabasePool, totals: Totals, setAside: OpenReport.SetAside?)

    let path: String

    /// Opens the file, or a new one if it is missing or damaged.
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

    /// SQLite gives `-wal` and `-shm` the mode of the file itself.
    private func makePrivate() throws {
        let mode = [FileAttributeKey.posixPermissions: NSNumber(value: 0o600)]
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.setAttributes(mode, ofItemAtPath: path)
        } else if !FileManager.default.createFile(atPath: path, contents: nil, attributes: mode) {
            throw OutboxError.cannotCreate(path: path)
        }
    }

    /// What a crash left in the write-ahead log goes into the file, and the log is emptied: it may hold what was to be
    /// erased. A full disk is no reason not to start: delivering is what frees space.
    private func migrate(_ pool: DatabasePool) throws {
        let migrator = Schema.migrator
        if try pool.read(migrator.hasBeenSuperseded) { throw OutboxError.newerSchema(path: path) }
        try migrator.migrate(pool)
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

    /// - Returns: the new path. The log lies beside it under the name by which SQLite looks for it.
    private func setAside() throws -> String {
        let stamp = WallTime.system.iso8601.filter { $0 != "-" && $0 != ":" }
        let aside = "\(path).corrupt-\(stamp)"
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
        }
        return aside
    }
}
