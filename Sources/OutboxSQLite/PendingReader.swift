internal import Domain
internal import GRDB

/// Reads pending deliveries: tickets by origin, without reading bodies, and whole deliveries by id.
struct PendingReader {
    private let db: Database
    private var registrations: RegistrationReader

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationReader(db)
    }

    // MARK: Whole deliveries

    /// The pending deliveries among these, in the order of `ids`.
    mutating func load(_ ids: some Collection<DeliveryID>) throws -> [Delivery] {
        let statement = try BoundStatement(
            db,
            """
            SELECT registration, artifact_type, created_at, received_at, trace_parent, trace_state, sequence,
                artifact_id, body
            FROM pending WHERE id = ?
            """)
        return try ids.compactMap { id in
            try statement.first(.integer(id.rawValue)) { row in
                Self.delivery(id, row, try registrations.registration(row.integer(0)))
            }
        }
    }

    private static func delivery(_ id: DeliveryID, _ row: ColumnReader, _ registration: Registration) -> Delivery {
        Delivery(
            id: id, correlationID: registration.correlationID, artifactID: row.artifactID(7),
            artifactType: row.text(1), sequence: SequenceNumber(row.integer(6)), registration: registration,
            body: row.bytes(8), createdAt: WallTime(microseconds: row.integer(2)), receivedAt: row.time(3),
            trace: row.optionalText(4).map { TraceContext(parent: $0, state: row.optionalText(5)) })
    }

    // MARK: Tickets

    static func origins(_ db: Database) throws -> [Origin] {
        let statement = try BoundStatement(db, "SELECT scheme, host, port FROM origins WHERE pending > 0")
        return try statement.all([]) { try $0.origin(0) }
    }

    /// In a group with `max`, SQLite takes the other columns from the row that has the maximum.
    static func latestOutcomes(ofLast count: Int, _ db: Database) throws -> [OriginOutcome] {
        let statement = try BoundStatement(
            db,
            """
            SELECT o.scheme, o.host, o.port, h.reason, ifnull((
                SELECT r.attempts - r.attempts_before
                FROM (SELECT id FROM pending WHERE origin = o.key ORDER BY id LIMIT 1) p
                JOIN retries r ON r.delivery = p.id), 0) > 0
            FROM (
                SELECT origin, reason, max(finished_at) FROM (
                    SELECT origin, reason, finished_at FROM history WHERE attempts > 0 ORDER BY key DESC LIMIT ?)
                GROUP BY origin) h
            JOIN origins o ON o.key = h.origin
            """)
        return try statement.all([.integer(count)]) { row in
            OriginOutcome(origin: try row.origin(0), state: row.finalState(3), isRetrying: row.integer(4) == 1)
        }
    }

    static func tickets(to origin: Origin, after id: DeliveryID, limit: Int, _ db: Database) throws -> [PendingTicket] {
        let statement = try BoundStatement(
            db,
            """
            SELECT p.id, length(p.body), t.attempts, t.next_attempt_at, r.ordering, w.correlation_id, t.attempts_before
            FROM pending p INDEXED BY pending_origin
            CROSS JOIN registrations r ON r.id = p.registration
            CROSS JOIN workflows w ON w.key = p.workflow
            LEFT JOIN retries t ON t.delivery = p.id
            WHERE p.origin = (SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?) AND p.id > ?
            ORDER BY p.id LIMIT ?
            """)
        return try statement.all([
            .text(origin.host), .integer(Int(origin.port)), .text(origin.scheme.rawValue), .integer(id.rawValue),
            .integer(limit),
        ]) { ticket($0, origin) }
    }

    /// An earlier registration has a lower id, and lower numbers.
    static func predecessors(of ids: [DeliveryID], _ db: Database) throws -> [DeliveryID: DeliveryID] {
        var found: [DeliveryID: DeliveryID] = [:]
        let statement = try BoundStatement(
            db,
            """
            SELECT p.id
            FROM pending d
            CROSS JOIN registrations r ON r.id = d.registration
            CROSS JOIN registrations earlier INDEXED BY registrations_workflow
                ON earlier.workflow = r.workflow AND earlier.id < r.id
            CROSS JOIN pending p INDEXED BY pending_registration ON p.registration = earlier.id
            WHERE d.id = ? AND r.ordering = 'ordered' AND earlier.ordering = 'ordered'
            ORDER BY earlier.id DESC, p.sequence DESC LIMIT 1
            """)
        for id in ids {
            found[id] = try statement.first(.integer(id.rawValue)) { DeliveryID($0.integer(0)) }
        }
        return found
    }

    private static func ticket(_ row: ColumnReader, _ origin: Origin) -> PendingTicket {
        let isOrdered = row.text(4) == DeliveryOrder.ordered.rawValue
        let ticket = Ticket(
            id: DeliveryID(row.integer(0)), origin: origin,
            orderedWorkflow: isOrdered ? CorrelationID(row.text(5)) : nil, bodyBytes: Int(row.integer(1)),
            attempts: Int(row.integer(2)), attemptsBefore: Int(row.integer(6)))
        return PendingTicket(ticket: ticket, nextAttemptAt: row.optionalTime(3))
    }
}
