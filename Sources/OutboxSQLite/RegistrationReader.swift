internal import Domain
internal import GRDB

/// Reads registrations with their secrets, each once per transaction.
struct RegistrationReader {
    private static let query = """
        SELECT w.correlation_id, r.ordering, r.format, r.max_retries, o.scheme, o.host, o.port, t.target, t.secret,
            r.events, r.types, r.producers
        FROM registrations r
        JOIN workflows w ON w.key = r.workflow
        JOIN origins o ON o.key = r.origin
        JOIN credentials t ON t.key = r.credentials
        WHERE r.id = ?
        """

    private let db: Database
    private var known: [Int64: Registration] = [:]

    init(_ db: Database) { self.db = db }

    /// Reads a registration that still has its secret: it is current or has pending deliveries.
    mutating func registration(_ id: Int64) throws -> Registration {
        if let known = known[id] { return known }
        let statement = try BoundStatement(db, Self.query)
        guard let found = try statement.first(.integer(id), read: { try Self.registration(RegistrationID(id), $0) })
        else {
            throw OutboxError.damaged("a registration in use has no target and secret")
        }
        known[id] = found
        return found
    }

    private static func registration(_ id: RegistrationID, _ row: ColumnReader) throws -> Registration {
        guard let ordering = DeliveryOrder(rawValue: row.text(1)), let format = BodyFormat(rawValue: row.text(2)) else {
            throw OutboxError.damaged("a registration has an unknown ordering or format")
        }
        return Registration(
            id: id, correlationID: CorrelationID(row.text(0)),
            url: WebhookURL(checked: try row.origin(4), target: row.text(7)),
            secrets: try SecretColumn.decode(row.optionalBytes(8)), filter: try filter(row), ordering: ordering,
            format: format, maxRetries: Int(row.integer(3)))
    }

    private static func filter(_ row: ColumnReader) throws -> DeliveryFilter {
        let names = try TextList.decode(row.optionalBytes(9))
        let events = names?.compactMap(WebhookEvent.init)
        guard events?.count == names?.count else { throw OutboxError.damaged("a registration has an unknown event") }
        return DeliveryFilter(
            events: events.map { Set($0) } ?? DeliveryFilter.default.events,
            types: try TextList.decode(row.optionalBytes(10)), producers: try TextList.decode(row.optionalBytes(11)))
    }
}
