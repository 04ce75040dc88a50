import Domain
import Telemetry
import TestSupport
import Testing

@Suite struct LatencyWindowTests {
    private let time = ManualTime()
    private let window: LatencyWindow

    init() { window = LatencyWindow(time: time) }

    @Test func aNewWindowIsEmpty() {
        let found = window.percentiles()
        #expect(found.count == 0)
        #expect(found.p50 == 0 && found.p95 == 0 && found.p99 == 0)
    }

    @Test func percentilesAreInMilliseconds() {
        for milliseconds in 1...100 { window.record(.milliseconds(milliseconds)) }
        let found = window.percentiles()
        #expect(found.count == 100)
        #expect(isNear(found.p50, 50) && isNear(found.p95, 95) && isNear(found.p99, 99))
    }

    @Test func valuesAreDroppedAfterFiveMinutes() {
        window.record(.milliseconds(10))
        time.advance(by: .seconds(269))
        #expect(window.percentiles().count == 1)
        window.record(.milliseconds(20))
        #expect(window.percentiles().count == 2)
        time.advance(by: .seconds(31))
        #expect(window.percentiles().count == 1)
        #expect(isNear(window.percentiles().p50, 20))
        time.advance(by: .seconds(300))
        #expect(window.percentiles().count == 0)
    }

    @Test func windowMovesForHours() {
        for _ in 0..<1_000 {
            window.record(.milliseconds(5))
            time.advance(by: .seconds(30))
        }
        #expect(window.percentiles().count == 9)
        time.advance(by: .seconds(86_400))
        #expect(window.percentiles().count == 0)
        window.record(.milliseconds(7))
        #expect(window.percentiles().count == 1)
    }

    @Test func extremesAreCounted() {
        for duration in [.zero, .seconds(-5), .microseconds(1), .seconds(3_600), .seconds(86_400)] as [Duration] {
            window.record(duration)
        }
        let found = window.percentiles()
        #expect(found.count == 5)
        #expect(isNear(found.p99, 3_600_000))
        #expect(found.p50 <= 0.001)
    }

    /// Equal to two significant digits.
    private func isNear(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= expected * 0.01 }
}
