internal import Domain
internal import Foundation
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
        guard let row = try db.row(Self.query, [id]) else {
            throw OutboxError.damaged("a registration in use has no target and secret")
        }
        let registration = try Self.registration(RegistrationID(id), row)
        known[id] = registration
        return registration
    }

    private static func registration(_ id: RegistrationID, _ row: Row) throws -> Registration {
        guard let ordering = DeliveryOrder(rawValue: row[1]), let format = BodyFormat(rawValue: row[2]) else {
            throw OutboxError.damaged("a registration has an unknown ordering or format")
        }
        return Registration(
            id: id, correlationID: CorrelationID(row.text(0)),
            url: WebhookURL(checked: try row.origin(4), target: row.text(7)), secrets: try SecretColumn.decode(row, 8),
            filter: try filter(row), ordering: ordering, format: format, maxRetries: row[3])
    }

    private static func filter(_ row: Row) throws -> DeliveryFilter {
        let names = try TextList.decode(row, 9)
        let events = names?.compactMap(WebhookEvent.init)
        guard events?.count == names?.count else { throw OutboxError.damaged("a registration has an unknown event") }
        return DeliveryFilter(
            events: events.map { Set($0) } ?? DeliveryFilter.default.events, types: try TextList.decode(row, 10),
            producers: try TextList.decode(row, 11))
    }
}
