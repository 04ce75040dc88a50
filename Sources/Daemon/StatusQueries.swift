internal import Domain
internal import Outbox
internal import Status

/// The queries of status routes as queries of the outbox.
extension WorkflowQuery {
    init(_ query: CorrelationsQuery) {
        let filter: WorkflowFilter =
            switch query.state {
            case .active: .active
            case .finished: .finished
            case nil: .all
            }
        self.init(filter, search: query.search, limit: query.limit, after: query.cursor.map { WorkflowPlace($0) })
    }
}

extension WorkflowPlace {
    fileprivate init(_ cursor: ListCursor) {
        self.init(lastActivityAt: SteadyTime(microseconds: cursor.microseconds), key: cursor.key)
    }
}

extension ListCursor {
    init(_ place: WorkflowPlace) { self.init(microseconds: place.lastActivityAt.microseconds, key: place.key) }
}

extension HistoryQuery {
    init(_ query: DeliveriesQuery) {
        let state: State? =
            switch query.state {
            case .pending: .pending
            case .delivered: .delivered
            case .failed: .failed
            case nil: nil
            }
        self.init(
            from: SequenceNumber(Int64(query.from)), limit: query.limit, state: state, ranges: query.density)
    }
}
