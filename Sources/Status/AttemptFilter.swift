internal import Domain

/// Which attempts a reader of `/attempts` wants. Texts are compared byte for byte.
package struct AttemptFilter: Hashable, Sendable {
    /// Only those of this workflow; nil: of all.
    package let correlationID: String?
    /// Only those to this origin; nil: to all.
    package let origin: String?

    package init(correlationID: String? = nil, origin: String? = nil) {
        self.correlationID = correlationID
        self.origin = origin
    }

    /// - Parameter query: `correlation_id` and `origin`, percent-encoded.
    package init(query: Substring) throws(StatusRoute.Problem) {
        var correlationID: String?
        var origin: String?
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = PercentEncoding.decode(parts[1]), !value.isEmpty else {
                throw .badQuery("a query parameter needs a value, percent-encoded")
            }
            switch parts[0] {
            case "correlation_id": correlationID = value
            case "origin": origin = value
            default: throw .badQuery("the query parameters are correlation_id and origin")
            }
        }
        self.init(correlationID: correlationID, origin: origin)
    }

    /// The path and query that ask for these attempts.
    package var target: String {
        let pairs = [("correlation_id", correlationID), ("origin", origin)].compactMap { name, value in
            value.map { "\(name)=\(PercentEncoding.encodeSegment($0))" }
        }
        return "/attempts" + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    func matches(_ attempt: FinishedAttempt) -> Bool {
        if let correlationID, !correlationID.utf8.elementsEqual(attempt.correlationID.utf8) { return false }
        if let origin, !origin.utf8.elementsEqual(attempt.origin.description.utf8) { return false }
        return true
    }
}
