import Foundation
import Glibc

/// Clocks in nanoseconds, as cheap as the system offers them.
enum Clock {
    static let second: Int64 = 1_000_000_000

    static var monotonic: Int64 { read(CLOCK_MONOTONIC) }
    /// Since 1970.
    static var wall: Int64 { read(CLOCK_REALTIME) }

    /// Waits until a moment of the monotonic clock.
    static func sleep(until moment: Int64) {
        var time = timespec(tv_sec: Int(moment / second), tv_nsec: Int(moment % second))
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &time, nil) == EINTR {}
    }

    static func sleep(seconds: Double) { sleep(until: monotonic + Int64(seconds * 1e9)) }

    /// Nanoseconds since 1970 of an ISO 8601 time in UTC, with up to nine digits of a second's fraction.
    static func wall(ofText text: String) -> Int64? {
        let parts = text.split { !$0.isASCII || !$0.isNumber }
        guard parts.count >= 6, let whole = wholeSecond(parts.prefix(6).compactMap { Int32($0) }) else { return nil }
        let hasFraction = parts.count > 6 && text.contains(".")
        let fraction = hasFraction ? Int64(parts[6].padding(toLength: 9, withPad: "0", startingAt: 0)) ?? 0 : 0
        return whole * second + fraction
    }

    private static func wholeSecond(_ fields: [Int32]) -> Int64? {
        guard fields.count == 6 else { return nil }
        var parts = unsafe tm()
        unsafe parts.tm_year = fields[0] - 1_900
        unsafe parts.tm_mon = fields[1] - 1
        unsafe parts.tm_mday = fields[2]
        unsafe parts.tm_hour = fields[3]
        unsafe parts.tm_min = fields[4]
        unsafe parts.tm_sec = fields[5]
        return unsafe Int64(timegm(&parts))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * second + Int64(time.tv_nsec)
    }
}
