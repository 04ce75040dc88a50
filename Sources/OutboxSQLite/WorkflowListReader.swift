internal import Domain
internal import Foundation
internal import GRDB
internal import Outbox

/// Reads a slice of the list of workflows, in the order of their activity.
struct WorkflowListReader {
    /// Workflows that one transaction looks at. A transaction keeps the write-ahead log from being emptied.
    private static let slice = 10_000

    let db: Database
    let query: WorkflowQuery

    /// - Parameters:
    ///   - start: the slice begins after this place.
    ///   - count: the most workflows to return.
    /// - Returns: the workflows that the query asks for, and where the next slice begins; nil: there is none.
    func read(after start: WorkflowPlace, count: Int) throws -> (
        found: [(WorkflowPlace, WorkflowSummary)], end: WorkflowPlace?
    ) {
        let end = try place(Self.slice, behind: start)
        var registrations = RegistrationReader(db)
        let found = try BoundStatement(db, statement).all(arguments(start, end, count)) { row in
            let summary = try WorkflowRow.summary(row, &registrations)
            return (WorkflowPlace(lastActivityAt: summary.workflow.lastActivityAt, key: row.integer(0)), summary)
        }
        return (found, end)
    }

    /// The place `count` places further down the list; nil: the list ends before it. Reads an index only.
    private func place(_ count: Int, behind start: WorkflowPlace) throws -> WorkflowPlace? {
        let statement = try BoundStatement(
            db,
            """
            SELECT last_activity_at, key FROM workflows INDEXED BY workflows_activity
            WHERE (last_activity_at, key) < (?, ?)
            ORDER BY last_activity_at DESC, key DESC LIMIT 1 OFFSET ?
            """)
        return try statement.first(
            .integer(start.lastActivityAt.microseconds), .integer(start.key), .integer(count - 1)
        ) { row in
            WorkflowPlace(lastActivityAt: row.time(0), key: row.integer(1))
        }
    }

    /// The conditions on columns of the index come first, so that SQLite reads no row that they exclude.
    private var statement: String {
        """
        SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.list)
        WHERE (w.last_activity_at, w.key) < (?, ?) AND (w.last_activity_at, w.key) >= (?, ?)
            AND \(isInState)\(query.search.isEmpty ? "" : " AND instr(w.correlation_id, ?) > 0")
        ORDER BY w.last_activity_at DESC, w.key DESC LIMIT ?
        """
    }

    private var isInState: String {
        switch query.filter {
        case .all: "TRUE"
        case .active: "w.pending > 0"
        case .finished: "w.pending = 0"
        }
    }

    private func arguments(_ start: WorkflowPlace, _ end: WorkflowPlace?, _ count: Int) -> [BoundStatement.Value] {
        let search: [BoundStatement.Value] = query.search.isEmpty ? [] : [.bytes(of: query.search)]
        return [
            .integer(start.lastActivityAt.microseconds), .integer(start.key),
            .integer(end?.lastActivityAt.microseconds ?? .min), .integer(end?.key ?? .min),
        ] + search + [.integer(count)]
    }
}
