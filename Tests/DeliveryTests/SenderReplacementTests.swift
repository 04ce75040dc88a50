import Delivery
import Events
import Frames
import TestSupport
import Testing

/// A sender is worn out after so many requests or bytes; its successor starts first, and it ends with nothing in flight.
@Suite struct SenderReplacementTests {
    private static let ok = AttemptOutcome.answered(status: 200, retryAfter: nil)
    private static let limits = SenderLimits(requests: 2, residentBytes: 1_000, mostResidentBytes: 2_000)
    private let old = PoolState.Slot.ordinary(0)
    private let new = PoolState.Slot.ordinary(0, generation: 1)
    private let bench = PoolBench()

    private func wornOut(bytes: Int = 0) -> [Int] { bench.state.wornOut(Self.limits) { _ in bytes } }

    @Test func requestsWearASenderOut() async {
        _ = bench.ready(old, processID: 100)
        _ = await bench.accept()
        #expect(wornOut() == [])
        _ = await bench.accept()
        #expect(wornOut() == [0])
        #expect(bench.state.wear(of: old) == .requests)
        #expect(wornOut() == [], "told once")
        for id in [1, 2] as [UInt64] { _ = bench.heard(.ended(id: id, Self.ok), from: old) }
    }

    @Test func memoryWearsASenderOut() {
        _ = bench.ready(old, processID: 100)
        #expect(wornOut(bytes: 999) == [])
        #expect(wornOut(bytes: 1_000) == [0])
        #expect(bench.state.wear(of: old) == .memory)
    }

    @Test func theOldSenderServesUntilTheNewOneIsReady() async {
        _ = bench.ready(old, processID: 100)
        _ = wornOut(bytes: 1_000)
        bench.start(new, processID: 101, at: 0)
        #expect(await bench.accept() == ["send 1 to 100"])
        #expect(bench.heard(.ready, from: new) == [], "the old one still has work")
        #expect(await bench.accept() == ["send 2 to 101"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: old) == ["end", "finish 100"])
        #expect(bench.died(old) == [])
        #expect(bench.state.hasNoSuspects)
        #expect(bench.heard(.ended(id: 2, Self.ok), from: new) == ["end"])
    }

    @Test func anIdleSenderEndsAtOnce() {
        _ = bench.ready(old, processID: 100)
        _ = wornOut(bytes: 1_000)
        #expect(bench.ready(new, processID: 101) == ["finish 100"])
    }

    @Test func workOfAnOldSenderThatDiesIsSuspectAsEver() async {
        _ = bench.ready(old, processID: 100)
        _ = await bench.accept()
        _ = wornOut(bytes: 1_000)
        _ = bench.ready(new, processID: 101)
        #expect(bench.died(old) == ["wake"])
        #expect(bench.ready(.apart, processID: 200) == ["send 1 to 200"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart) == ["end"])
    }
}
