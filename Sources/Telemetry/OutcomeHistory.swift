package import Domain
internal import Histogram
internal import Synchronization

/// Counts outcomes for each second of the last fifteen minutes.
///
/// An attempt costs a lock and a few additions; the percentiles of a second are calculated once, when it is over.
package final class OutcomeHistory: Sendable {
    /// Outcomes in one second or several.
    package struct Outcomes: Equatable, Sendable {
        /// Deliveries delivered, which is also the number of attempts with a 2xx.
        package var delivered = 0
        /// Deliveries that were delivered after a failed attempt.
        package var recovered = 0
        /// Deliveries failed, with or without an attempt.
        package var failed = 0
        package var failedAttempts = 0
        /// Created to 2xx, in milliseconds; nil if nothing was delivered, and for several seconds.
        package fileprivate(set) var latency: Latency?

        package init() {}

        fileprivate static func + (left: Outcomes, right: Outcomes) -> Outcomes {
            var sum = Outcomes()
            sum.delivered = left.delivered + right.delivered
            sum.recovered = left.recovered + right.recovered
            sum.failed = left.failed + right.failed
            sum.failedAttempts = left.failedAttempts + right.failedAttempts
            return sum
        }
    }

    /// In milliseconds.
    package struct Latency: Equatable, Sendable {
        package let p50: Double
        package let p95: Double
    }

    /// The number of seconds kept, not counting the current one.
    package static let length = 900

    private struct State {
        /// The number of the current second.
        var current: Int
        /// The number of the first second.
        let first: Int
        /// Outcomes by the number of the second, modulo the count.
        var seconds = [Outcomes](repeating: Outcomes(), count: length + 1)
        /// Latencies of the current second, in microseconds.
        var latencies = Histogram<UInt32>(highestTrackableValue: maxLatency, numberOfSignificantValueDigits: .two)

        mutating func change(_ second: Int, _ body: (inout Outcomes) -> Void) {
            advance(to: second)
            body(&seconds[current % seconds.count])
        }

        mutating func advance(to second: Int) {
            guard second > current else { return }
            endSecond()
            for skipped in (current + 1)...min(second, current + seconds.count) {
                seconds[skipped % seconds.count] = Outcomes()
            }
            current = second
            seconds[current % seconds.count] = Outcomes()
        }

        private mutating func endSecond() {
            guard latencies.totalCount > 0 else { return }
            seconds[current % seconds.count].latency = Latency(
                p50: Double(latencies.valueAtPercentile(50)) / 1_000,
                p95: Double(latencies.valueAtPercentile(95)) / 1_000)
            latencies.reset()
        }

        /// The seconds before `end`, at most `count`.
        func outcomes(_ count: Int, before end: Int) -> [Outcomes] {
            let start = max(end - count, first, current - length)
            return start < end ? (start..<end).map { seconds[$0 % seconds.count] } : []
        }
    }

    /// An hour, in microseconds. A longer latency counts as an hour.
    private static let maxLatency: UInt64 = 3_600_000_000

    private let time: any TimeSource
    private let state: Mutex<State>

    package init(time: any TimeSource) {
        self.time = time
        let second = Self.second(time.now().monotonic)
        state = Mutex(State(current: second, first: second))
    }

    private static func second(_ time: MonotonicTime) -> Int { Int(time.sinceStart.components.seconds) }

    /// Counts what ended now.
    ///
    /// - Parameter latency: created to 2xx, if it was delivered.
    package func count(_ outcomes: Outcomes, latency: Duration? = nil) {
        let second = Self.second(time.now().monotonic)
        state.withLock { state in
            state.change(second) { $0 = $0 + outcomes }
            if let latency {
                state.latencies.record(UInt64(clamping: min(max(latency.microseconds, 1), Int64(Self.maxLatency))))
            }
        }
    }

    /// The outcomes of each second that is over, at most ``length``, and when the first of them began.
    package func seconds() -> (start: MonotonicTime, seconds: [Outcomes]) {
        now { state in
            let seconds = state.outcomes(Self.length, before: state.current)
            return (MonotonicTime(.seconds(state.current - seconds.count)), seconds)
        }
    }

    /// The sum over the last `count` seconds, with the current one.
    package func sum(ofLast count: Int) -> Outcomes {
        now { $0.outcomes(count, before: $0.current + 1).reduce(Outcomes(), +) }
    }

    /// Outcomes a second, over the last `count` seconds that are over; fewer after the start.
    package func rate(overLast count: Int) -> (delivered: Double, failedAttempts: Double) {
        let seconds = now { $0.outcomes(count, before: $0.current) }
        guard !seconds.isEmpty else { return (0, 0) }
        let sum = seconds.reduce(Outcomes(), +)
        return (Double(sum.delivered) / Double(seconds.count), Double(sum.failedAttempts) / Double(seconds.count))
    }

    private func now<Value: Sendable>(_ read: (State) -> Value) -> Value {
        let now = Self.second(time.now().monotonic)
        return state.withLock { state in
            state.advance(to: now)
            return read(state)
        }
    }
}
