internal import Domain

/// The attempts that a reader of `/attempts` asks for. Texts are compared byte for byte.
package struct AttemptFilter: Hashable, Sendable {
    /// Only those of this workflow; nil: of all.
    package let correlationID: String?
    /// Only those to this origin; nil: to all.
    package let origin: String?

    package init(correlationID: String? = nil, origin: String? = nil) {
        self.correlationID = correlationID
        self.origin = origin
    }

    init(_ text: Substring) throws(StatusRoute.Problem) {
        let query = try RouteQuery(text, of: "/attempts", names: ["correlation_id", "origin"])
        self.init(correlationID: query.text("correlation_id"), origin: query.text("origin"))
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
