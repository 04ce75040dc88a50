internal import Domain
internal import GRDB

/// Writes the registrations of one acceptance, and finds the origins of those that its deliveries use.
struct RegistrationWriter {
    private let db: Database
    /// Keys of origins, by registration.
    private var origins: [RegistrationID: Int64] = [:]

    init(_ db: Database) { self.db = db }

    /// Adds a registration, not current yet.
    mutating func add(_ registration: Registration, workflow: Int64) throws {
        let origin = try key(of: registration.url.origin)
        try db.run(
            "INSERT INTO receivers (used, target, secret) VALUES (1, ?, ?)",
            [registration.url.target.bytes, registration.secret?.text.bytes])
        try db.run(
            """
            INSERT INTO registrations (id, workflow, origin, ordering, format, max_retries, ended, receiver)
            VALUES (?, ?, ?, ?, ?, ?, 1, ?)
            """,
            [
                registration.id.rawValue, workflow, origin, registration.ordering.rawValue,
                registration.format.rawValue, registration.maxRetries, db.lastInsertedRowID,
            ])
        origins[registration.id] = origin
    }

    private func key(of origin: Origin) throws -> Int64 {
        let parts: StatementArguments = [origin.host, Int64(origin.port), origin.scheme.rawValue]
        try db.run("INSERT INTO origins (host, port, scheme) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", parts)
        let row = try db.row("SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?", parts)
        guard let key = row?[0] as Int64? else { throw OutboxError.damaged("an origin that cannot be found") }
        return key
    }

    /// The key of the origin that a registration's deliveries go to.
    mutating func origin(of id: RegistrationID) throws -> Int64 {
        if let key = origins[id] { return key }
        let row = try db.row("SELECT origin FROM registrations WHERE id = ?", [id.rawValue])
        guard let key = row?[0] as Int64? else { throw OutboxError.damaged("a delivery without its registration") }
        origins[id] = key
        return key
    }

    /// Makes an added registration the current one of its workflow, or lets it end: what nothing uses is erased then.
    func finish(_ registration: Registration, isCurrent: Bool, workflow: Int64) throws {
        if isCurrent {
            try db.run("UPDATE registrations SET ended = 1 WHERE workflow = ? AND ended = 0", [workflow])
        }
        try db.run("UPDATE registrations SET ended = ? WHERE id = ?", [isCurrent ? 0 : 1, registration.id.rawValue])
    }
}
