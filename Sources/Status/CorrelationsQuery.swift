/// The query of `/correlations`.
package struct CorrelationsQuery: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case active, finished
    }

    package static let maxLimit = 10_000
    /// In bytes; that of a correlation id.
    private static let maxSearch = 256

    /// nil: all.
    package var state: State?
    /// A part of the id; empty: all.
    package var search = ""
    package var limit = 100
    /// nil: the first page.
    package var cursor: ListCursor?

    package init() {}

    init(_ text: Substring) throws(StatusRoute.Problem) {
        let query = try RouteQuery(text, of: "/correlations", names: ["state", "search", "limit", "cursor"])
        state = try query.choice("state", of: State.self)
        search = query.text("search") ?? ""
        guard search.utf8.count <= Self.maxSearch else {
            throw .badQuery("search must be a part of a correlation_id, at most \(Self.maxSearch) bytes")
        }
        limit = try query.number("limit", in: 1...Self.maxLimit, absent: limit)
        if let text = query.text("cursor") {
            guard let cursor = ListCursor(text) else {
                throw .badQuery("cursor must be the next_cursor of an earlier answer; leave it out for the first page")
            }
            self.cursor = cursor
        }
    }
}
