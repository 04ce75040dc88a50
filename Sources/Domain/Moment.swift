/// One instant on the wall clock and the monotonic clock, passed to every decision as `now`.
package struct Moment: Hashable, Sendable {
    package let wall: WallTime
    package let monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The instant `wait` later.
    package static func + (moment: Moment, wait: Duration) -> Moment {
        Moment(wall: moment.wall + wait, monotonic: moment.monotonic + wait)
    }
}
