internal import Domain
internal import GRDB
internal import Outbox

/// Answers the queries of status, in transactions that are short however much the outbox holds: a transaction keeps the
/// write-ahead log from being emptied, for which the writer waits.
struct HistoryPages: Sendable {
    /// Sequence numbers that one transaction looks at.
    private static let slice: Int64 = 10_000
    /// Ranges that one transaction counts.
    private static let rangesPerSlice = 20

    let connection: HistoryConnection

    /// Reads slices until `read` returns no start of a further one.
    private func slices<Start: Sendable>(
        from start: Start?, _ read: (Start) async throws -> Start?
    ) async throws {
        var start = start
        while let current = start {
            start = try await read(current)
        }
    }

    // MARK: Workflows

    func workflows(_ query: WorkflowQuery) async throws -> WorkflowPage {
        var found: [(place: WorkflowPlace, summary: WorkflowSummary)] = []
        try await slices(from: query.after ?? .start) { start in
            let missing = query.limit + 1 - found.count
            let slice = try await connection.read { db in
                try WorkflowListReader(db: db, query: query).read(after: start, count: missing)
            }
            found += slice.found
            return found.count > query.limit ? nil : slice.end
        }
        let page = found.prefix(query.limit)
        return WorkflowPage(
            workflows: page.map(\.summary), next: found.count > query.limit ? page.last?.place : nil)
    }

    // MARK: Deliveries

    func history(of id: CorrelationID, _ query: HistoryQuery) async throws -> WorkflowHistory? {
        guard let key = try await connection.read({ try HistoryReader(db: $0).key(of: id) }),
            let workflow = try await summary(key)?.workflow
        else { return nil }
        let last = workflow.lastSequence.rawValue
        let found = try await deliveries(of: key, last: last, query)
        let ranges = try await ranges(of: key, last: last, query.ranges)
        let inHistory = try await count(of: key, last: last)
        return try await connection.read { db in
            let reader = HistoryReader(db: db)
            guard let summary = try reader.summary(key) else { return nil }
            return WorkflowHistory(
                summary: summary, deliveries: Array(found.prefix(query.limit)),
                next: found.count > query.limit ? found.last?.sequence : nil, first: try reader.first(of: key),
                gaps: max(Int(last) - inHistory - summary.workflow.pending, 0), ranges: ranges)
        }
    }

    private func summary(_ key: Int64) async throws -> WorkflowSummary? {
        try await connection.read { try HistoryReader(db: $0).summary(key) }
    }

    /// Calls `read` with one slice after another of the numbers from `first` to `last`, until it returns false.
    private func sequences(
        from first: Int64, to last: Int64, _ read: (Range<Int64>) async throws -> Bool
    ) async throws {
        try await slices(from: first <= last ? first : nil) { start in
            let end = min(start + Self.slice, last + 1)
            return try await read(start..<end) && end <= last ? end : nil
        }
    }

    /// The number of deliveries in the history.
    private func count(of key: Int64, last: Int64) async throws -> Int {
        var count = 0
        try await sequences(from: 1, to: last) { part in
            count += try await connection.read { try HistoryReader(db: $0).count(part, of: key) }
            return true
        }
        return count
    }

    /// - Returns: one more than the query asks for, if there is one.
    private func deliveries(of key: Int64, last: Int64, _ query: HistoryQuery) async throws -> [DeliveryHistory] {
        var found: [DeliveryHistory] = []
        try await sequences(from: max(query.from.rawValue, 1), to: last) { part in
            let missing = query.limit + 1 - found.count
            found += try await connection.read { db in
                try HistoryReader(db: db).deliveries(part, in: query.state, of: key, limit: missing)
            }
            return found.count <= query.limit
        }
        return found
    }

    private func ranges(of key: Int64, last: Int64, _ count: Int) async throws -> [DeliveryRange] {
        var ranges = DeliveryRange.dividing(last, into: count)
        try await slices(from: ranges.isEmpty ? nil : 0) { start in
            let part = ranges[start..<min(start + Self.rangesPerSlice, ranges.count)]
            let failures = try await connection.read { db in
                try part.map { try HistoryReader(db: db).failures($0.sequences, of: key) }
            }
            for (index, count) in zip(part.indices, failures) { ranges[index].failed = count }
            return part.endIndex < ranges.count ? part.endIndex : nil
        }
        if ranges.isEmpty { return [] }
        try await sequences(from: 1, to: last) { part in
            for sequence in try await connection.read({ try HistoryReader(db: $0).pending(part, of: key) }) {
                ranges[DeliveryRange.index(of: sequence, last: last, count: ranges.count)].pending += 1
            }
            return true
        }
        return ranges
    }
}
