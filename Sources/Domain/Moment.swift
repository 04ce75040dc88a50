/// One instant on every clock, passed to every decision as `now`.
package struct Moment: Hashable, Sendable {
    /// The time of day. Used only for times that other programs write or read, because the clock may be stepped.
    package let wall: WallTime
    /// What is stored and compared over restarts.
    package let steady: SteadyTime
    /// Waits and deadlines.
    package let monotonic: MonotonicTime

    package init(wall: WallTime, steady: SteadyTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.steady = steady
        self.monotonic = monotonic
    }

    /// The instant `wait` later.
    package static func + (moment: Moment, wait: Duration) -> Moment {
        Moment(wall: moment.wall + wait, steady: moment.steady + wait, monotonic: moment.monotonic + wait)
    }
}
