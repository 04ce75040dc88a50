import Daemon
import Domain
import Logging
import Synchronization
import TestSupport
import Testing

@Suite struct ShortageWatchTests {
    private final class Log: LogHandler, Sendable {
        let messages = Mutex<[String]>([])

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { nil }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }

        func log(event: LogEvent) { messages.withLock { $0.append("\(event.message)") } }
    }

    private let time = ManualTime()
    private let log = Log()

    private var watch: ShortageWatch {
        let log = self.log
        return ShortageWatch(time: time, logger: Logger(label: "test") { _ in log })
    }

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
        #expect(log.messages.withLock { $0.count } == 3)
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
        #expect(log.messages.withLock { $0.count } == 1)
    }

    @Test("Different shortages are logged and named each")
    func kinds() {
        let watch = watch
        watch.attemptNotBegun(.threads)
        watch.attemptNotBegun(.fileDescriptors)
        watch.acceptFailed(24)
        #expect(watch.problems.count == 3)
        #expect(log.messages.withLock { $0.count } == 3)
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
        #expect(log.messages.withLock { $0.count } == 1)
    }
}
