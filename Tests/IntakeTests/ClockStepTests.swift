import Domain
import Intake
import Outbox
import OutboxMemory
import TestSupport
import Testing

/// The system's clock is stepped while events come in: forward and back a day, and from 1970 to the right time.
@Suite(.timeLimit(.minutes(1))) struct ClockStepTests {
    private static let steps: [Duration] = [
        .hours(24), .zero - .hours(24), .hours(24 * 400), .microseconds(-Sample.timeOfDay.microseconds),
    ]

    private func artifact(_ id: String) -> String { SampleLine.artifact(["artifact_id": "\"\(id)\""]) }

    @Test("A registration, its numbers and its artifact ids stay", arguments: steps)
    func registration(_ step: Duration) async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        try await stage.receive([SampleLine.registration()], on: connection)
        stage.time.step(by: step)
        try await stage.receive([artifact("a")], from: 2, on: connection)
        stage.time.step(by: .zero - step)
        try await stage.receive([artifact("a"), artifact("b")], from: 3, on: connection)
        #expect(stage.delivered == ["a", "b"])
        let workflow = try await stage.store.memory.history(of: CorrelationID("w-1"))
        #expect(workflow?.deliveries.map(\.sequence.rawValue) == [1, 2])
        #expect(workflow?.summary.workflow.lastActivityAt == Sample.noon)
    }

    @Test("A completed workflow stays open for its grace, and not longer", arguments: steps)
    func completion(_ step: Duration) async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        try await stage.receive([SampleLine.registration(), SampleLine.completion()], on: connection)
        stage.time.step(by: step)
        stage.time.advance(by: .seconds(2))
        try await stage.receive([artifact("a")], from: 3, on: connection)
        #expect(stage.delivered == ["a"])
        stage.time.advance(by: .milliseconds(1))
        try await stage.receive([artifact("b")], from: 4, on: connection)
        try await stage.time.advance(by: .seconds(2), whenSleeping: 1)
        try await eventually("the grace of the artifact is over") { stage.counts.unmatched == 1 }
        #expect(stage.delivered == ["a"])
    }

    @Test("An artifact without a registration waits its grace", arguments: steps)
    func unmatchedGrace(_ step: Duration) async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        try await stage.receive([artifact("a")], on: connection)
        stage.time.step(by: step)
        try await stage.time.advance(by: .milliseconds(1_999), whenSleeping: 1)
        try await stage.receive([SampleLine.registration()], from: 2, on: connection)
        #expect(stage.delivered == ["a"] && stage.counts.unmatched == 0)
    }

    @Test("An artifact whose time cannot be read is created when it is received, by the clock of that time")
    func createdAt() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        stage.time.step(by: .hours(24))
        let line = SampleLine.artifact(["timestamp": #""yesterday""#])
        try await stage.receive([SampleLine.registration(), line], on: connection)
        let loaded = stage.store.memory.load([DeliveryID(1)])
        #expect(loaded.map(\.createdAt) == [Sample.timeOfDay + .hours(24)])
        #expect(loaded.map(\.receivedAt) == [Sample.noon])
    }
}
