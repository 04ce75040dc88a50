import NIOCore
import Outbox
import OutboxMemory
import Intake
import Domain
import TestSupport
import Testing

/// Intake while its outbox fails, is full, and recovers.
@Suite(.timeLimit(.minutes(1))) struct EventIntakeTests {
    private func artifact(_ id: String, of workflow: String = "w-1", payload: String = "{}") -> String {
        SampleLine.artifact([
            "artifact_id": "\"\(id)\"", "correlation_id": "\"\(workflow)\"", "payload": payload,
        ])
    }

    @Test("An acknowledging writer waits while commits fail, and loses nothing")
    func acknowledgingWriter() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        stage.store.fail()
        async let received: Void = stage.receive([SampleLine.registration(), artifact("a")], on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        try await stage.advance(retries: 30)
        #expect(stage.delivered.isEmpty && stage.counts.droppedLines == 0)
        #expect(try await connection.replies().isEmpty)
        stage.store.work()
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await received
        #expect(stage.delivered == ["a"])
        #expect(try await connection.replies() == ["{\"ack\":2}\n"])
        try await eventually("intake has recovered") { stage.isAccepting }
    }

    @Test("A plain writer waits for a second, then its lines are dropped, and so are later ones at once")
    func plainWriter() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: false)
        stage.store.fail()
        async let received: Void = stage.receive([SampleLine.registration(), artifact("a")], on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        try await stage.advance(retries: 10)
        #expect(stage.counts.droppedLines == 0)
        try await stage.advance(retries: 1)
        try await received
        #expect(stage.counts.droppedLines == 2)
        try await stage.receive([artifact("b")], from: 3, on: connection)
        #expect(stage.counts.droppedLines == 3)
        stage.store.work()
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await eventually("intake has recovered without a line") { stage.isAccepting }
        try await stage.receive([SampleLine.registration(), artifact("c")], from: 4, on: connection)
        #expect(stage.delivered == ["c"])
    }

    @Test("A blocked writer is released when the relay stops, without an acknowledgement")
    func stop() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        stage.store.fail()
        async let received: Void = stage.receive([SampleLine.registration(), artifact("a")], on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        await stage.stop()
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await received
        #expect(stage.delivered.isEmpty && stage.counts.droppedLines == 0)
        #expect(try await connection.replies().isEmpty)
    }

    @Test("While commits fail, a writer whose connection is closed is released")
    func abandoned() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        stage.store.fail()
        async let received: Void = stage.receive([SampleLine.registration(), artifact("a")], on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        try await connection.channel.close()
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await received
        #expect(stage.delivered.isEmpty && stage.counts.droppedLines == 0)
    }

    @Test("A full outbox blocks an acknowledging writer until there is room")
    func fullOutbox() async throws {
        let stage = IntakeStage(maxOutboxBytes: 1_200)
        let connection = try await stage.connect(acknowledgements: true)
        let large = "{\"p\":\"\(String(repeating: "x", count: 500))\"}"
        try await stage.receive([SampleLine.registration(), artifact("a", payload: large)], on: connection)
        let held = stage.store.memory.figures().bytes
        async let blocked: Void = stage.receive(
            [SampleLine.registration("w-2", url: "https://b.example/"), artifact("b", of: "w-2", payload: large)],
            from: 3, on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        try await stage.advance(retries: 3)
        #expect(stage.store.memory.figures().bytes == held)
        let pending = try #require(stage.store.memory.load([DeliveryID(1)]).first)
        stage.store.memory.record([Sample.delivered(pending)])
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await blocked
        #expect(stage.delivered == ["a", "b"])
        #expect(try await connection.replies() == ["{\"ack\":2}\n", "{\"ack\":4}\n"])
    }

    @Test("An artifact without a registration is decided when its grace is over")
    func grace() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        try await stage.receive([artifact("a")], on: connection)
        #expect(try await connection.replies().isEmpty)
        try await stage.time.advance(by: .milliseconds(1_999), whenSleeping: 1)
        #expect(stage.counts.unmatched == 0)
        try await stage.time.advance(by: .milliseconds(1), whenSleeping: 1)
        try await eventually("it is unmatched") { stage.counts.unmatched == 1 }
        #expect(try await connection.replies() == ["{\"ack\":1}\n"])
    }

    @Test("An artifact whose registration waits for a commit is not decided meanwhile, though its grace is over")
    func graceWhileCommitsFail() async throws {
        let stage = IntakeStage()
        let connection = try await stage.connect(acknowledgements: true)
        try await stage.receive([artifact("a")], on: connection)
        stage.store.fail()
        async let registered: Void = stage.receive([SampleLine.registration()], from: 2, on: connection)
        try await eventually("intake has a problem") { !stage.isAccepting }
        try await stage.advance(retries: 30)
        #expect(stage.counts.unmatched == 0)
        stage.store.work()
        try await stage.time.advance(by: .milliseconds(100), whenSleeping: 1)
        try await registered
        #expect(stage.delivered == ["a"])
        #expect(stage.counts.unmatched == 0)
        #expect(try await connection.replies() == ["{\"ack\":2}\n"])
    }
}
