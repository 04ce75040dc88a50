internal import Domain
internal import Foundation
internal import GRDB

/// Reads registrations with their secrets, each once per transaction.
struct RegistrationReader {
    private static let query = """
        SELECT w.correlation_id, r.ordering, r.format, r.max_retries, o.scheme, o.host, o.port, t.target, t.secret
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
            url: WebhookURL(checked: try row.origin(4), target: row.text(7)), secret: try secret(row),
            ordering: ordering,
            format: format, maxRetries: row[3])
    }

    /// Throws if the secret is invalid, because its deliveries would be sent unsigned otherwise.
    private static func secret(_ row: Row) throws -> WebhookSecret? {
        if (row[8] as Data?) == nil { return nil }
        guard let secret = WebhookSecret(validating: row.text(8)) else {
            throw OutboxError.damaged("a registration has an invalid secret")
        }
        return secret
    }
}
