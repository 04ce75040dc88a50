import Daemon
import Logging
import TestSupport
import Testing

@Suite struct LimitedLogTests {
    @Test("Ten records a second are logged, and the next one says how many were omitted")
    func limit() {
        let (time, log) = (ManualTime(), RecordedLog())
        let limited = LimitedLog("A line was rejected", logger: log.logger, time: time)
        for line in 1...1_000 { limited.warn(["line": .stringConvertible(line)]) }
        #expect(log.records.map { $0.fields["line"] } == (1...10).map { "\($0)" })
        #expect(log.records.allSatisfy { $0.level == .warning && $0.fields["not_logged"] == nil })
        time.advance(by: .seconds(1))
        limited.warn(["line": "1001"])
        limited.warn(["line": "1002"])
        #expect(log.records.suffix(2).map { $0.fields["line"] } == ["1001", "1002"])
        #expect(log.records.suffix(2).map { $0.fields["not_logged"] } == ["990", nil])
    }
}
