/// What a request to the status socket asks for: docs/operations.md.
package enum StatusQuestion: Hashable, Sendable {
    case health
    case readiness
    case status
    case correlations(CorrelationState?, limit: Int)
    case correlation(String)
    case metrics

    package enum CorrelationState: String, Sendable {
        case active, finished
    }

    /// Workflows in a list at most, and if nothing is said.
    private static let limits = (most: 10_000, usual: 100)

    /// A request that asks for nothing that there is.
    package enum Problem: Error, Hashable {
        case unknownRoute
        case badQuery(String)
    }

    /// - Parameter target: path and query of a GET.
    package init(target: String) throws(Problem) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = halves.first ?? ""
        let query = halves.count == 2 ? halves[1] : ""
        switch path {
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        case "/status": self = .status
        case "/metrics": self = .metrics
        case "/correlations": self = try Self.list(query)
        default:
            guard path.hasPrefix("/correlations/"), let id = PercentEncoding.decode(path.dropFirst(14)), !id.isEmpty
            else { throw .unknownRoute }
            self = .correlation(id)
        }
    }

    private static func list(_ query: Substring) throws(Problem) -> StatusQuestion {
        var state: CorrelationState?
        var limit = limits.usual
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts.first, parts.count == 2 ? parts[1] : "") {
            case ("state", let value):
                guard let known = CorrelationState(rawValue: value) else {
                    throw .badQuery("state must be active or finished")
                }
                state = known
            case ("limit", let value):
                guard let number = Int(value), (1...limits.most).contains(number) else {
                    throw .badQuery("limit must be a number from 1 to \(limits.most)")
                }
                limit = number
            default: throw .badQuery("only state and limit can be asked for")
            }
        }
        return .correlations(state, limit: limit)
    }
}

/// Percent-encoding in paths (RFC 3986, 2.1).
package enum PercentEncoding {
    /// - Returns: nil where a `%` is not followed by two hex digits, or the bytes are not UTF-8.
    package static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                let digits = Substring(rest.prefix(2))
                guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Encodes all but letters, digits and `-._~`, so that the result is one path segment.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let bytes = text.utf8.flatMap {
            plain.contains($0) ? [$0] : [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
