internal import Events
internal import GRDB

/// Writes the registrations of one acceptance, and finds those that its deliveries use.
///
/// What a delivery refers to has its secret and URL when the transaction ends, even if they were erased between the
/// look-up of the workflow and now.
struct RegistrationWriter {
    /// A registration's row, as its deliveries refer to it.
    struct Reference {
        let id: Int64
        let origin: Int64
    }

    private let db: Database
    private var reader: RegistrationReader
    private var references: [Registration: Reference] = [:]
    private var origins: [Origin: Int64] = [:]
    private var current: Set<Int64> = []
    /// Those that came in as ended.
    private var added: Set<Int64> = []

    init(_ db: Database) {
        self.db = db
        reader = RegistrationReader(db)
    }

    /// Adds a registration, not current yet.
    mutating func add(_ stored: StoredRegistration, workflow: Int64) throws {
        try add(stored.id.rawValue, stored.registration, workflow: workflow)
    }

    /// Adds a registration that was looked up, unless it is still there.
    mutating func ensure(_ stored: StoredRegistration, workflow: Int64) throws {
        let id = stored.id.rawValue
        if added.contains(id) { return }
        let sql = "SELECT origin FROM registrations WHERE id = ? AND ended = 0"
        if let row = try db.row(sql, [id]) {
            references[stored.registration] = Reference(id: id, origin: row[0])
            current.insert(id)
        } else {
            try add(id, stored.registration, workflow: workflow)
        }
    }

    private mutating func add(_ id: Int64, _ registration: Registration, workflow: Int64) throws {
        let origin = try key(of: registration.url.origin)
        if let known = try db.row("SELECT receiver FROM registrations WHERE id = ?", [id]) {
            if (known[0] as Int64?) == nil {
                let receiver = try addReceiver(registration)
                try db.run("UPDATE registrations SET receiver = ? WHERE id = ?", [receiver, id])
            }
        } else {
            try insert(id, registration, workflow: workflow, origin: origin)
        }
        references[registration] = Reference(id: id, origin: origin)
        added.insert(id)
    }

    private func insert(_ id: Int64, _ registration: Registration, workflow: Int64, origin: Int64) throws {
        try db.run(
            """
            INSERT INTO registrations (id, workflow, origin, ordering, format, max_retries, ended, receiver)
            VALUES (?, ?, ?, ?, ?, ?, 1, ?)
            """,
            [
                id, workflow, origin, registration.ordering.rawValue, registration.format.rawValue,
                registration.maxRetries, try addReceiver(registration),
            ])
    }

    /// - Returns: the key of the new row, which is the last.
    private func addReceiver(_ registration: Registration) throws -> Int64 {
        try db.run(
            "INSERT INTO receivers (used, target, secret) VALUES (1, ?, ?)",
            [registration.url.target.bytes, registration.secret?.text.bytes])
        return db.lastInsertedRowID
    }

    private mutating func key(of origin: Origin) throws -> Int64 {
        if let key = origins[origin] { return key }
        let parts: StatementArguments = [origin.host, Int64(origin.port), origin.scheme.rawValue]
        try db.run("INSERT INTO origins (host, port, scheme) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", parts)
        let row = try db.row("SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?", parts)
        guard let key = row?[0] as Int64? else { throw OutboxError.damaged("an origin that cannot be found") }
        origins[origin] = key
        return key
    }

    // MARK: References

    mutating func reference(to registration: Registration, workflow: Int64) throws -> Reference {
        if let known = references[registration] { return known }
        if let replaced = try replaced(registration, workflow: workflow) {
            references[registration] = replaced
            return replaced
        }
        try add(try unusedID(), registration, workflow: workflow)
        return try reference(to: registration, workflow: workflow)
    }

    /// The registration that this acceptance replaces, for what came before the new one in the same batch.
    private mutating func replaced(_ registration: Registration, workflow: Int64) throws -> Reference? {
        let row = try db.row("SELECT id, origin FROM registrations WHERE workflow = ? AND ended = 0", [workflow])
        guard let row, try reader.registration(row[0]) == registration else { return nil }
        return Reference(id: row[0], origin: row[1])
    }

    /// An id that nobody gives out, for a registration that ended between the look-up and now and was replaced in the
    /// same batch: its own id is not known any more.
    private func unusedID() throws -> Int64 {
        let row = try db.row("SELECT min(0, coalesce(min(id), 0)) - 1 FROM registrations", [])
        return row?[0] ?? -1
    }

    // MARK: Which is current

    mutating func makeCurrent(_ id: RegistrationID?, workflow: Int64) throws {
        if let id, current.contains(id.rawValue) { return }
        try db.run(
            "UPDATE registrations SET ended = 1 WHERE workflow = ? AND ended = 0 AND id IS NOT ?",
            [workflow, id?.rawValue])
        guard let id else { return }
        try db.run("UPDATE registrations SET ended = 0 WHERE id = ?", [id.rawValue])
        current.insert(id.rawValue)
    }

    /// Ends what came in and is not current, so that it is erased where nothing uses it.
    func endOthers() throws {
        for id in added.subtracting(current) {
            try db.run("UPDATE registrations SET ended = 1 WHERE id = ?", [id])
        }
    }
}
