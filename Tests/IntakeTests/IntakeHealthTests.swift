import Intake
import TestSupport
import Testing

@Suite struct IntakeHealthTests {
    private let time = ManualTime()
    private let log = RecordedLog()

    @Test("A failure that lasts is logged once, and so is its end")
    func lasting() {
        let health = IntakeHealth(time: time, logger: log.logger)
        for _ in 1...100 {
            health.failed("disk full")
            #expect(health.problem == "disk full")
            time.advance(by: .milliseconds(100))
        }
        health.recovered()
        health.recovered()
        #expect(health.problem == nil)
        #expect(log.records.map(\.message).map { $0.prefix(9) } == ["Not accep", "Accepting"])
        #expect(log.records.first?.fields == ["reason": "disk full"])
    }

    @Test("A full outbox that has room for a moment ten times a second cannot flood the log")
    func recurring() {
        let health = IntakeHealth(time: time, logger: log.logger)
        for _ in 1...600 {
            health.failed("outbox-max is reached")
            health.recovered()
            time.advance(by: .milliseconds(100))
        }
        #expect(log.records.count == 20)
        health.failed("outbox-max is reached")
        #expect(log.records.count == 21 && log.records.last?.fields["not_logged"] == "590")
    }
}
