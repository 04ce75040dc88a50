internal import Domain
internal import GRDB

/// Writes the registrations of one acceptance, and finds the origins of the registrations that its deliveries use.
struct RegistrationWriter {
    private let db: Database
    /// Origin keys, by registration.
    private var origins: [RegistrationID: Int64] = [:]

    init(_ db: Database) { self.db = db }

    /// Adds a registration that is not current yet.
    mutating func add(_ registration: Registration, workflow: Int64) throws {
        let origin = try key(of: registration.url.origin)
        try db.run(
            "INSERT INTO credentials (used, target, secret) VALUES (1, ?, ?)",
            [registration.url.target.bytes, try SecretColumn.encode(registration.secrets)])
        let credentials = db.lastInsertedRowID
        try db.run(
            """
            INSERT INTO registrations (
                id, workflow, origin, ordering, format, max_retries, events, types, producers, ended, credentials)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
            """,
            [
                registration.id.rawValue, workflow, origin, registration.ordering.rawValue,
                registration.format.rawValue, registration.maxRetries,
                try TextList.encode(registration.filter.eventNames), try TextList.encode(registration.filter.types),
                try TextList.encode(registration.filter.producers), credentials,
            ])
        origins[registration.id] = origin
    }

    private func key(of origin: Origin) throws -> Int64 {
        let parts: StatementArguments = [origin.host, Int64(origin.port), origin.scheme.rawValue]
        try db.run("INSERT INTO origins (host, port, scheme) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", parts)
        let row = try db.row("SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?", parts)
        guard let key = row?[0] as Int64? else { throw OutboxError.damaged("the row of an origin is missing") }
        return key
    }

    /// The origin key of a registration.
    mutating func origin(of id: RegistrationID) throws -> Int64 {
        if let key = origins[id] { return key }
        let row = try db.row("SELECT origin FROM registrations WHERE id = ?", [id.rawValue])
        guard let key = row?[0] as Int64? else { throw OutboxError.damaged("a delivery has no registration") }
        origins[id] = key
        return key
    }

    /// Makes an added registration the current one of its workflow, or ends it. Triggers erase unused registrations.
    func finish(_ registration: Registration, isCurrent: Bool, workflow: Int64) throws {
        if isCurrent {
            try db.run("UPDATE registrations SET ended = 1 WHERE workflow = ? AND ended = 0", [workflow])
        }
        try db.run("UPDATE registrations SET ended = ? WHERE id = ?", [isCurrent ? 0 : 1, registration.id.rawValue])
    }
}
