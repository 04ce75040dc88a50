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
            SELECT d.registration, d.artifact_type, d.created_at, d.received_at, d.trace_parent, d.trace_state,
                a.sequence, a.artifact_id, b.body
            FROM deliveries d
            JOIN accepted a ON a.delivery = d.id
            JOIN bodies b ON b.delivery = d.id
            WHERE d.id = ? AND d.state = 'pending'
            """, [id.rawValue])
        guard let row = try rows.next() else { return nil }
        return try Self.delivery(id, row, try registrations.registration(row[0]))
    }

    private static func delivery(_ id: DeliveryID, _ row: Row, _ registration: Registration) throws -> Delivery {
        let parent = row[4] as String?
        return Delivery(
            id: id, correlationID: registration.correlationID, artifactID: ArtifactID(row.text(7)),
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
            SELECT o.scheme, o.host, o.port, d.state, d.reason, coalesce((
                SELECT p.attempts - p.attempts_before FROM deliveries p INDEXED BY deliveries_pending
                WHERE p.origin = o.key AND p.state = 'pending' ORDER BY p.id LIMIT 1), 0) > 0
            FROM (
                SELECT origin, state, reason, max(finished_at) FROM (
                    SELECT * FROM (
                        SELECT origin, state, reason, finished_at FROM deliveries INDEXED BY deliveries_finished
                        WHERE finished_at IS NOT NULL AND kept = 0 AND attempts > 0
                        ORDER BY finished_at DESC LIMIT ?1)
                    UNION ALL
                    SELECT * FROM (
                        SELECT origin, state, reason, finished_at FROM deliveries INDEXED BY deliveries_with_body
                        WHERE kept = 1 ORDER BY finished_at DESC LIMIT ?1)
                    ORDER BY 4 DESC LIMIT ?1)
                GROUP BY origin) d
            JOIN origins o ON o.key = d.origin
            """, [count])
        return try Array(rows.map { OriginOutcome(origin: try $0.origin(0), state: $0.state(3), isRetrying: $0[5]) })
    }

    static func tickets(to origin: Origin, after id: DeliveryID, limit: Int, _ db: Database) throws -> [PendingTicket] {
        let rows = try db.rows(
            """
            SELECT d.id, d.body_bytes, d.attempts, d.next_attempt_at, r.ordering, w.correlation_id, d.attempts_before
            FROM deliveries d INDEXED BY deliveries_pending
            CROSS JOIN registrations r ON r.id = d.registration
            CROSS JOIN workflows w ON w.key = r.workflow
            WHERE d.origin = (SELECT key FROM origins WHERE host = ? AND port = ? AND scheme = ?)
                AND d.state = 'pending' AND d.id > ?
            ORDER BY d.id LIMIT ?
            """, [origin.host, Int64(origin.port), origin.scheme.rawValue, id.rawValue, limit])
        return try Array(rows.map { ticket($0, origin) })
    }

    /// Deliveries of an ordered workflow become final in order, so each inner query finds its row at once, unless a
    /// delivery was redelivered.
    static func predecessors(of ids: [DeliveryID], _ db: Database) throws -> [DeliveryID: DeliveryID] {
        var found: [DeliveryID: DeliveryID] = [:]
        for id in ids {
            let row = try db.row(
                """
                SELECT max((
                    SELECT e.id FROM deliveries e INDEXED BY deliveries_registration
                    WHERE e.registration = earlier.id AND e.id < d.id AND e.state = 'pending'
                    ORDER BY e.id DESC LIMIT 1))
                FROM deliveries d
                CROSS JOIN registrations r ON r.id = d.registration
                CROSS JOIN registrations earlier INDEXED BY registrations_workflow
                    ON earlier.workflow = r.workflow AND earlier.id <> r.id
                WHERE d.id = ? AND r.ordering = 'ordered' AND earlier.ordering = 'ordered' AND earlier.pending > 0
                """, [id.rawValue])
            if let predecessor = row?[0] as Int64? { found[id] = DeliveryID(predecessor) }
        }
        return found
    }

    private static func ticket(_ row: Row, _ origin: Origin) -> PendingTicket {
        let isOrdered = row[4] as String == DeliveryOrder.ordered.rawValue
        let ticket = Ticket(
            id: DeliveryID(row[0]), origin: origin, orderedWorkflow: isOrdered ? CorrelationID(row.text(5)) : nil,
            bodyBytes: row[1], attempts: row[2], attemptsBefore: row[6])
        return PendingTicket(ticket: ticket, nextAttemptAt: row.time(3))
    }
}
