internal import Domain
internal import Foundation

/// An artifact id in a column. Flock's ids are UUIDs, which take 16 bytes instead of 36.
///
/// Any other id is stored as its UTF-8 after one or two bytes `FF`, which UTF-8 never has (RFC 3629), so that it neither
/// has 16 bytes nor can be confused with another id.
enum ArtifactIDColumn {
    private static let mark: UInt8 = 0xFF
    private static let uuidBytes = MemoryLayout<uuid_t>.size

    static func encode(_ id: ArtifactID) -> [UInt8] {
        // Only the text that `decode` makes of the bytes: an id keeps its spelling.
        if let uuid = UUID(uuidString: id.rawValue), text(of: uuid) == id {
            return unsafe withUnsafeBytes(of: uuid.uuid) { unsafe Array($0) }
        }
        let text = Array(id.rawValue.utf8)
        return Array(repeating: mark, count: text.count == uuidBytes - 1 ? 2 : 1) + text
    }

    static func decode(_ bytes: [UInt8]) -> ArtifactID {
        guard bytes.count == uuidBytes else {
            return ArtifactID(String(decoding: bytes.drop { $0 == mark }, as: UTF8.self))
        }
        return text(of: UUID(uuid: unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: uuid_t.self) }))
    }

    private static func text(of uuid: UUID) -> ArtifactID { ArtifactID(uuid.uuidString.lowercased()) }
}
