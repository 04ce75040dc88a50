package import Domain
package import Scheduling
package import Status

/// The lanes as status shows them.
package struct LaneReports {
    private let times: TimesOfDay
    private let now: Moment

    package init(times: TimesOfDay, now: Moment) {
        self.times = times
        self.now = now
    }

    /// Those in trouble first, then those with the most pending deliveries.
    package func reports(_ lanes: [LaneFigures], limit: Int) -> [StatusReport.Lane] {
        lanes.sorted(by: Self.isBefore).prefix(limit).map(report)
    }

    private static func isBefore(_ left: LaneFigures, _ right: LaneFigures) -> Bool {
        let (first, second) = ((trouble(left), -left.pending), (trouble(right), -right.pending))
        return first == second ? left.origin.description < right.origin.description : first < second
    }

    /// A rank: the origins with the lowest come first.
    private static func trouble(_ lane: LaneFigures) -> Int {
        switch lane.state {
        case .hanging: 0
        case .failing: 1
        case .unknown, .answering: lane.pausedUntil == nil ? 3 : 2
        }
    }

    private func report(_ lane: LaneFigures) -> StatusReport.Lane {
        .init(
            origin: lane.origin.description, inFlight: lane.inFlight, pending: lane.pending, hasMore: lane.hasBacklog,
            state: lane.state.rawValue, since: lane.since.map { times.text($0, now) },
            lastError: lane.lastError?.description, nextAttemptAt: lane.nextAttempt.map { times.text($0, now) },
            pausedUntil: lane.pausedUntil.map { times.text($0, now) })
    }
}
