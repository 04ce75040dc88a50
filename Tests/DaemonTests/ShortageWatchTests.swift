import Daemon
import Domain
import TestSupport
import Testing

@Suite struct ShortageWatchTests {
    private let time = ManualTime()
    private let log = RecordedLog()

    private var watch: ShortageWatch { ShortageWatch(time: time, logger: log.logger) }

    @Test("A shortage that goes on is logged once a minute, and is a problem until it was not noticed for 3 s")
    func attempts() {
        let watch = watch
        #expect(watch.problems.isEmpty)
        for _ in 1...121 {
            watch.attemptNotBegun(.memory)
            watch.attemptNotBegun(.memory)
            #expect(watch.problems == ["attempts wait: this host has no free memory"])
            time.advance(by: .seconds(1))
        }
        #expect(log.records.count == 3)
        time.advance(by: .seconds(1))
        #expect(!watch.problems.isEmpty)
        time.advance(by: .seconds(1))
        #expect(watch.problems.isEmpty)
    }

    @Test("Receivers whose name servers do not answer cannot make the relay unready")
    func lookups() {
        let watch = watch
        watch.attemptNotBegun(.lookups)
        watch.attemptNotBegun(.lookups)
        #expect(watch.problems.isEmpty)
        #expect(log.records.count == 1)
    }

    @Test("Different shortages are logged and named each")
    func kinds() {
        let watch = watch
        watch.attemptNotBegun(.threads)
        watch.attemptNotBegun(.fileDescriptors)
        watch.acceptFailed(24)
        #expect(watch.problems.count == 3)
        #expect(log.records.count == 3)
    }

    @Test("Paused writers are a problem until accepting goes on; flapping is one log line a minute")
    func writers() {
        let watch = watch
        for count in 1...50 {
            watch.writersPaused(at: count)
            #expect(watch.problems == ["no further writers are accepted: \(count) are connected"])
            watch.writersAcceptedAgain()
            #expect(watch.problems.isEmpty)
        }
        #expect(log.records.count == 1)
    }
}
