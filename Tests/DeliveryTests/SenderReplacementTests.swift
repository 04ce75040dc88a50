import Delivery
import Events
import Foundation
import Frames
import Logging
import NIOPosix
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
        #expect(bench.hasNoSuspects)
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
        #expect(bench.died(old) == ["wake slow"])
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 1 to 200"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow)) == ["end"])
    }
}

/// A pool with processes of its own that are no senders, and only do as these do.
@Suite struct SenderPoolTests {
    /// Takes its time to tell the time, and so holds up whoever asks on the way.
    private struct SlowTime: TimeSource {
        func now() -> Moment {
            Thread.sleep(forTimeInterval: 0.2)
            return SystemTime().now()
        }
    }

    private func makePool(
        _ executable: String, _ time: any TimeSource = SystemTime(),
        restarted: @escaping @Sendable (String) -> Void = { _ in }
    ) -> SenderPool {
        SenderPool(
            count: 1, command: SenderCommand(executable: executable, connectionsPerHost: 1), limits: SenderLimits(),
            group: MultiThreadedEventLoopGroup.singleton, time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, restarted: restarted)
    }

    /// It falls silent before the pool knows that it has started.
    @Test func processThatEndsAtOnceLeavesNothingBehind() async {
        let (reasons, restarts) = AsyncStream<String>.makeStream()
        let pool = makePool("/usr/bin/true", SlowTime()) { restarts.yield($0) }
        let running = Task { await pool.run() }
        for await reason in reasons {
            #expect(reason == "start_failed")
            break
        }
        pool.stop()
        await running.value
        #expect(pool.figures().isEmpty)
    }

    /// A program that is ready when there is a file `go`, answers request 1, and ends when its input does.
    private func writeSender(in directory: String) throws -> String {
        let path = directory + "/sender"
        let messages: [SenderMessage] = [.ended(id: 1, .answered(status: 204, retryAfter: nil)), .finished(id: 1)]
        try Data(SenderMessage.ready.encoded()).write(to: URL(filePath: directory + "/ready"))
        try Data(messages.flatMap { $0.encoded() }).write(to: URL(filePath: directory + "/ended"))
        let script = """
            #!/bin/sh
            until [ -e \(directory)/go ]; do sleep 0.05; done
            cat \(directory)/ready \(directory)/ended
            cat >/dev/null

            """
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: NSNumber(value: 0o700)], ofItemAtPath: path)
        return path
    }

    /// The request tells the time: it must not be made long before it is sent.
    @Test func requestIsMadeOnlyWhenASenderIsReady() async throws {
        try await TemporaryDirectory.with { directory in
            let pool = makePool(try writeSender(in: directory))
            let running = Task { await pool.run() }
            let (made, log) = AsyncStream<Bool>.makeStream()
            let sending = Task {
                await pool.send(Sample.origin(), isTrusted: true, timeout: .seconds(10)) { id in
                    log.yield(pool.isReady)
                    return SendRequest(id: id, timeout: .seconds(10), url: "u", headers: [], body: [])
                }
            }
            try await eventually("a process is there") { !pool.figures().isEmpty }
            try Data().write(to: URL(filePath: directory + "/go"))
            #expect(await sending.value.outcome == .answered(status: 204, retryAfter: nil))
            for await wasReady in made {
                #expect(wasReady)
                break
            }
            pool.stop()
            await running.value
        }
    }
}
