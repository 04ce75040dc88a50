internal import Domain
internal import Foundation

/// The lists of the OpenTelemetry specification: `name=value,name=value`, with percent-encoding (W3C Baggage without
/// properties).
enum OTelList {
    /// - Returns: nil if an entry is malformed: the specification then has the whole list discarded.
    static func pairs(_ text: String) -> [(name: String, value: String)]? {
        let entries = text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
        let pairs = entries.compactMap { entry -> (String, String)? in
            guard let sign = entry.firstIndex(of: "="),
                let name = String(entry[..<sign]).trimmed.removingPercentEncoding, !name.isEmpty,
                let value = String(entry[entry.index(after: sign)...]).trimmed.removingPercentEncoding
            else { return nil }
            return (name, value)
        }
        return pairs.count == entries.count ? pairs : nil
    }

    /// - Returns: nil if an entry cannot be a header of an export request.
    static func headers(_ text: String) -> [OutgoingRequest.Header]? {
        guard let pairs = pairs(text) else { return nil }
        let headers = pairs.filter { isHeader($0.name, $0.value) }.map { OutgoingRequest.Header($0.name, $0.value) }
        return headers.count == pairs.count ? headers : nil
    }

    /// Headers that the request itself determines.
    private static let reserved: Set = [
        "connection", "content-length", "content-type", "expect", "host", "transfer-encoding",
    ]

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        name.utf8.allSatisfy(isTokenByte) && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && !reserved.contains(name.lowercased())
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
