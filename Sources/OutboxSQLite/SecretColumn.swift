internal import Domain
internal import Foundation

/// The secrets of a registration in one column: a single secret as it is, several as a JSON array after a byte that UTF-8
/// does not have; NULL: none.
enum SecretColumn {
    private static let listMark: UInt8 = 0xFF

    static func encode(_ secrets: [WebhookSecret]) throws -> Data? {
        if secrets.count <= 1 { return secrets.first.map { Data($0.text.utf8) } }
        return Data([listMark]) + (try JSONEncoder().encode(secrets.map(\.text)))
    }

    /// Throws if the column holds something else: deliveries would be sent unsigned otherwise.
    static func decode(_ column: [UInt8]?) throws -> [WebhookSecret] {
        guard let column else { return [] }
        let texts =
            column.first == listMark
            ? try? JSONDecoder().decode([String].self, from: Data(column.dropFirst()))
            : [String(decoding: column, as: UTF8.self)]
        let secrets = texts?.compactMap { WebhookSecret(validating: $0) } ?? []
        guard !secrets.isEmpty, secrets.count == texts?.count else {
            throw OutboxError.damaged("a registration has an invalid secret")
        }
        return secrets
    }
}
