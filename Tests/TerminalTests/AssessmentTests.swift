import Domain
import Status
import Terminal
import Testing

@Suite struct AssessmentTests {
    static let reports: [(report: StatusReport, failing: [String], line: String)] = [
        (Reports.status(), [], "All is well: 1 200 deliveries in the last 5 minutes, none failed"),
        (Reports.status(failed: 1), [], "All is well: 1 200 deliveries in the last 5 minutes"),
        (Reports.status(delivered: 0), [], "All is well: nothing to deliver in the last 5 minutes"),
        (Reports.status(delivered: 0, pending: 1), [], "All is well: 1 delivery pending"),
        (Reports.status(), ["the disk is full"], "Trouble: the disk is full"),
        (Reports.status(delivered: 98, failed: 2, recovered: 8), [], "Trouble: 98 % delivered in the last 5 minutes"),
        (
            Reports.status(delivered: 1_000, failed: 5, recovered: 10), [],
            "Attention: 66.7 % recovered after a failure"
        ),
        (Reports.status(p95: 812), [], "Attention: p95 is 812 ms"),
        (Reports.status(delivered: 0, p95: 812), [], "All is well: nothing to deliver in the last 5 minutes"),
        (
            Reports.status(origins: [
                Reports.lane("a", "hanging"), Reports.lane("b", "failing"), Reports.lane("c", "failing"),
                Reports.lane("d", paused: 9), Reports.lane("e"),
            ]), [], "Trouble: 1 origin does not answer; 2 origins fail; 1 origin asked for a pause"
        ),
        (Reports.status(outbox: 4 << 30), [], "Trouble: the outbox is 100 % full"),
        (
            Reports.status(pending: 1, oldest: 301), [],
            "Attention: the oldest delivery has been pending for 5 min 1 s"
        ),
    ]

    @Test("One line says whether all is well, and what is not", arguments: reports)
    func line(_ report: StatusReport, _ failing: [String], _ line: String) {
        let assessment = Assessment(report, readiness: Readiness(failing: failing))
        #expect(assessment.line.text(colored: false) == line)
        #expect(assessment.isWell == line.hasPrefix("All is well"))
    }
}
