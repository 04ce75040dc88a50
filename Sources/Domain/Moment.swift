/// One instant on both clocks: what every decision takes as its `now`.
package struct Moment: Hashable, Sendable {
    package let wall: WallTime
    package let monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The same instant, `wait` later on both clocks.
    package static func + (moment: Moment, wait: Duration) -> Moment {
        Moment(wall: moment.wall + wait, monotonic: moment.monotonic + wait)
    }
}
