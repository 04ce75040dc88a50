package import Domain
internal import Glibc

/// Shows times in a time zone.
package struct LocalTime: Sendable {
    private let offset: @Sendable (WallTime) -> Duration

    /// - Parameter offset: how far the zone is ahead of UTC at a time.
    package init(offset: @escaping @Sendable (WallTime) -> Duration) { self.offset = offset }

    /// The time zone of this machine, or of the variable `TZ`.
    package static let system = LocalTime { time in
        var seconds = time_t(time.seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        return unsafe .seconds(Int64(parts.tm_gmtoff))
    }

    /// e.g. `14:40:02.577`.
    package func clock(_ time: WallTime) -> String { part(time, from: 11, 12) }

    /// e.g. `14:40:02`.
    package func shortClock(_ time: WallTime) -> String { part(time, from: 11, 8) }

    /// e.g. `2026-11-23 14:40:02`.
    package func dateAndClock(_ time: WallTime) -> String { "\(part(time, from: 0, 10)) \(shortClock(time))" }

    /// The characters of the ISO 8601 form.
    private func part(_ time: WallTime, from start: Int, _ count: Int) -> String {
        String((time + offset(time)).iso8601.dropFirst(start).prefix(count))
    }
}
