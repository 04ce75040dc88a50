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
        var found: [Delivery] = []
        for id in ids {
            if let delivery = try delivery(id) { found.append(delivery) }
        }
        return found
    }

    private mutating func delivery(_ id: DeliveryID) throws -> Delivery? {
        let rows = try db.rows(
            """
            SELECT registration, artifact_type, created_at, received_at, trace_parent, trace_state, sequence,
                artifact_id, body
            FROM pending WHERE id = ?
            """, [id.rawValue])
        guard let row = try rows.next() else { return nil }
        return try Self.delivery(id, row, try registrations.registration(row[0]))
    }

    private static func delivery(_ id: DeliveryID, _ row: Row, _ registration: Registration) throws -> Delivery {
        let parent = row[4] as String?
        return Delivery(
            id: id, correlationID: registration.correlationID, artifactID: row.artifactID(7),
            artifactType: row.text(1), sequence: SequenceNumber(row[6]), registration: registration,
            body: try row.withUnsafeData(atIndex: 8) { $0.map { Array($0) } ?? [] },
            createdAt: WallTime(microseconds: row[2]),
            receivedAt: row.knownTime(3), trace: parent.map { TraceContext(parent: $0, state: row[5]) })
    }

    // MARK: Tickets

    static func origins(_ db: Database) throws -> [Origin] {
        let rows = try db.rows("SELECT scheme, host, port FROM origins WHERE pending > 0", [])
        return try Array(rows.map { try $0.origin(0) })
    }

    /// In a group with `max`, SQLite takes the other columns from the row that has the maximum.
    static func latestOutcomes(ofLast count: Int, _ db: Database) throws -> [OriginOutcome] {
        let rows = try db.rows(
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
            """, [count])
        return try Array(
            rows.map { OriginOutcome(origin: try $0.origin(0), state: $0.finalState(3), isRetrying: $0[4]) })
    }

    static func tickets(to origin: Origin, after id: DeliveryID, limit: Int, _ db: Database) throws -> [PendingTicket] {
        let rows = try db.rows(
            """
            SELECT p.id, length(p.body), t.attempts, t.next_attempt_at, r.ordering, w.correlation_id, t.attempts_before
            FROM pending p INDEXED BY pending_origin
            CROSS JOIN registrations r ON r.id = p.registration
            CROSS JOIN workflows w ON w.key = p.workflow
            LEFT JOIN retries t ON t.delivery = p.id
            WHERE p.origin = (SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?) AND p.id > ?
            ORDER BY p.id LIMIT ?
            """, [origin.host, Int64(origin.port), origin.scheme.rawValue, id.rawValue, limit])
        return try Array(rows.map { ticket($0, origin) })
    }

    /// An earlier registration has a lower id, and lower numbers.
    static func predecessors(of ids: [DeliveryID], _ db: Database) throws -> [DeliveryID: DeliveryID] {
        var found: [DeliveryID: DeliveryID] = [:]
        for id in ids {
            let row = try db.row(
                """
                SELECT p.id
                FROM pending d
                CROSS JOIN registrations r ON r.id = d.registration
                CROSS JOIN registrations earlier INDEXED BY registrations_workflow
                    ON earlier.workflow = r.workflow AND earlier.id < r.id
                CROSS JOIN pending p INDEXED BY pending_registration ON p.registration = earlier.id
                WHERE d.id = ? AND r.ordering = 'ordered' AND earlier.ordering = 'ordered'
                ORDER BY earlier.id DESC, p.sequence DESC LIMIT 1
                """, [id.rawValue])
            if let predecessor = row?[0] as Int64? { found[id] = DeliveryID(predecessor) }
        }
        return found
    }

    private static func ticket(_ row: Row, _ origin: Origin) -> PendingTicket {
        let isOrdered = row[4] as String == DeliveryOrder.ordered.rawValue
        let ticket = Ticket(
            id: DeliveryID(row[0]), origin: origin, orderedWorkflow: isOrdered ? CorrelationID(row.text(5)) : nil,
            bodyBytes: row[1], attempts: row[2] ?? 0, attemptsBefore: row[6] ?? 0)
        return PendingTicket(ticket: ticket, nextAttemptAt: row.time(3))
    }
}
