/// The query of `/correlations/{id}`.
package struct DeliveriesQuery: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case pending, delivered, failed
    }

    package static let maxLimit = 1_000
    private static let maxDensity = 500
    static let names = ["from", "limit", "state", "density"]

    /// The first sequence number.
    package var from = 1
    package var limit = 100
    /// nil: all.
    package var state: State?
    /// Into how many ranges the deliveries are counted; 0: they are not counted.
    package var density = 0

    package init() {}

    init(_ text: Substring) throws(StatusRoute.Problem) {
        try self.init(try RouteQuery(text, of: "/correlations/{id}", names: Self.names))
    }

    init(_ query: RouteQuery) throws(StatusRoute.Problem) {
        from = try query.number("from", in: 1...Int.max, absent: from)
        limit = try query.number("limit", in: 1...Self.maxLimit, absent: limit)
        state = try query.choice("state", of: State.self)
        density = try query.number("density", in: 1...Self.maxDensity, absent: density)
    }
}
