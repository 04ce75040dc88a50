import Domain
import TestSupport
import Testing

@Suite struct SignalTests {
    @Test func signalWithoutWaiterIsKept() async {
        let signal = Signal()
        signal.send()
        signal.send()
        await signal.wait()
    }

    @Test func waiterIsWoken() async {
        let signal = Signal()
        for _ in 0..<1_000 {
            async let waiting: Void = signal.wait()
            signal.send()
            await waiting
        }
    }

    @Test("A wait ends at its limit, and earlier with a signal", .timeLimit(.minutes(1)))
    func limitEndsTheWait() async throws {
        let signal = Signal()
        let time = ManualTime()
        async let limited: Void = signal.wait(atMost: .seconds(1), time)
        try await time.advance(by: .seconds(1), whenSleeping: 1)
        await limited
        signal.send()
        await signal.wait(atMost: .seconds(1), time)
        signal.send()
        await signal.wait(atMost: nil, time)
    }
}
