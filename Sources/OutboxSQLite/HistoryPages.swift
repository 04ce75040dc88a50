internal import Domain
internal import GRDB
internal import Outbox

/// Answers the queries of status, in transactions that are short however much the outbox holds: a transaction keeps the
/// write-ahead log from being emptied, for which the writer waits.
struct HistoryPages: Sendable {
    /// Deliveries that one transaction looks at.
    private static let slice = 10_000
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
        guard let key = try await connection.read({ try HistoryReader(db: $0).key(of: id) }) else { return nil }
        let found = try await deliveries(of: key, query)
        let ranges = try await ranges(of: key, query.ranges)
        let missing = try await missing(of: key)
        return try await connection.read { db in
            let reader = HistoryReader(db: db)
            guard let summary = try reader.summary(key) else { return nil }
            return WorkflowHistory(
                summary: summary, deliveries: Array(found.prefix(query.limit)),
                next: found.count > query.limit ? found.last?.sequence : nil, first: try reader.first(of: key),
                gaps: missing, ranges: ranges)
        }
    }

    /// The number of deliveries that are no longer in the history.
    private func missing(of key: Int64) async throws -> Int {
        guard let last = try await connection.read({ try HistoryReader(db: $0).last(of: key) }) else { return 0 }
        var missing = Int(last.sequence.rawValue)
        try await slices(from: Int64(0)) { first in
            let (count, end) = try await connection.read { db in
                try HistoryReader(db: db).count(first...last.delivery, of: key, limit: Self.slice)
            }
            missing -= count
            return count < Self.slice || end == last.delivery ? nil : end + 1
        }
        return missing
    }

    /// - Returns: one more than the query asks for, if there is one.
    private func deliveries(of key: Int64, _ query: HistoryQuery) async throws -> [DeliveryHistory] {
        var found: [DeliveryHistory] = []
        let start = try await connection.read { try HistoryReader(db: $0).delivery(from: query.from, of: key) }
        try await slices(from: start) { first in
            let missing = query.limit + 1 - found.count
            let (part, end) = try await connection.read { db in
                let reader = HistoryReader(db: db)
                let end = try reader.delivery(Self.slice, behind: first, of: key)
                return (
                    try reader.deliveries(first..<(end ?? .max), in: query.state, of: key, limit: missing), end
                )
            }
            found += part
            return found.count > query.limit ? nil : end
        }
        return found
    }

    private func ranges(of key: Int64, _ count: Int) async throws -> [DeliveryRange] {
        guard count > 0, let summary = try await connection.read({ try HistoryReader(db: $0).summary(key) })
        else { return [] }
        let last = summary.workflow.lastSequence.rawValue
        var ranges = DeliveryRange.dividing(last, into: count)
        try await slices(from: ranges.isEmpty ? nil : 0) { start in
            let part = ranges[start..<min(start + Self.rangesPerSlice, ranges.count)]
            let failures = try await connection.read { db in
                try part.map { try HistoryReader(db: db).failures($0.sequences, of: key) }
            }
            for (index, count) in zip(part.indices, failures) { ranges[index].failed = count }
            return part.endIndex < ranges.count ? part.endIndex : nil
        }
        if summary.isActive { try await countPending(of: key, in: &ranges, last: last) }
        return ranges
    }

    /// - Parameter last: the sequence number at which the ranges end.
    private func countPending(of key: Int64, in ranges: inout [DeliveryRange], last: Int64) async throws {
        var start: Int64? = 0
        while let first = start {
            let (pending, end) = try await connection.read { db in
                let reader = HistoryReader(db: db)
                let end = try reader.delivery(Self.slice, behind: first, of: key)
                return (try reader.pending(first..<(end ?? .max), of: key), end)
            }
            for sequence in pending where sequence <= last {
                ranges[DeliveryRange.index(of: sequence, last: last, count: ranges.count)].pending += 1
            }
            start = end
        }
    }
}
