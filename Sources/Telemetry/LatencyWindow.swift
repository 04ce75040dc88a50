package import Domain
internal import Histogram
internal import Synchronization

/// Percentiles of durations over the last five minutes.
///
/// Rotates through ten histograms of 30 seconds each; the oldest one is reset and reused.
package final class LatencyWindow: Sendable {
    /// In milliseconds; zero if nothing was recorded.
    package struct Percentiles: Sendable {
        package let count: Int
        package let p50: Double
        package let p95: Double
        package let p99: Double
    }

    private static let slices = 10
    private static let sliceLength = Duration.seconds(30)

    private struct Slice {
        var number: Int64 = -1
        var histogram = Histogram<UInt32>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .two)
    }

    private let time: any TimeSource
    private let state = Mutex([Slice](repeating: Slice(), count: slices))

    package init(time: any TimeSource) { self.time = time }

    private var currentNumber: Int64 {
        Int64(time.now().monotonic.sinceStart.inSeconds / Self.sliceLength.inSeconds)
    }

    /// A duration above one hour counts as one hour.
    package func record(_ duration: Duration) {
        let number = currentNumber
        let microseconds = UInt64(clamping: min(max(duration.microseconds, 1), 3_600_000_000))
        state.withLock { slices in
            let index = Int(number) % Self.slices
            if slices[index].number != number {
                slices[index].number = number
                slices[index].histogram.reset()
            }
            slices[index].histogram.record(microseconds)
        }
    }

    package func percentiles() -> Percentiles {
        let number = currentNumber
        var sum = Slice().histogram
        for slice in state.withLock({ $0 }) where slice.number > number - Int64(Self.slices) {
            sum.add(slice.histogram)
        }
        let value = { sum.totalCount == 0 ? 0 : Double(sum.valueAtPercentile($0)) / 1_000 }
        return Percentiles(count: Int(sum.totalCount), p50: value(50), p95: value(95), p99: value(99))
    }
}
