import Delivery
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

    @Test func limitEndsTheWait() async {
        let signal = Signal()
        await signal.wait(atMost: .zero)
        signal.send()
        await signal.wait(atMost: .seconds(3_600))
        signal.send()
        await signal.wait(atMost: nil)
    }
}
