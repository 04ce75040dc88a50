/// Where the clocks stood at one instant. The outbox keeps the last mark of each boot of the machine.
package struct ClockMark: Hashable, Sendable {
    /// Where the time line stood at the first start of the relay in this boot.
    package let since: SteadyTime
    package let boot: BootClock
    package let steady: SteadyTime
    package let wall: WallTime

    package init(since: SteadyTime, boot: BootClock, steady: SteadyTime, wall: WallTime) {
        self.since = since
        self.boot = boot
        self.steady = steady
        self.wall = wall
    }
}
