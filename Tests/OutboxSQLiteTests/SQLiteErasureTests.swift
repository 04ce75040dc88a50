import Domain
import Foundation
import Outbox
import OutboxSQLite
import TestSupport
import Testing

/// Searches every byte of every file for private data of ended workflows.
@Suite struct SQLiteErasureTests {
    private static let canaries = ["Canary-Secret-1", "Canary-Path-2", "Canary-Body-3"]
    private let ending = Retention.sample(completion: .zero)

    @Test("Secret, URL and body are erased when the workflow has ended")
    func endOfWorkflow() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            try await outbox.accept(["other"], of: "v")
            let made = try await acceptCanaries(outbox)
            #expect(try found(in: directory) == Self.canaries)
            try await complete(outbox)
            try await outbox.expire(ending, now: Sample.noon + .seconds(1))
            #expect(try found(in: directory) == Self.canaries, "nothing is erased while a delivery is pending")
            try await outbox.record(made.map { Sample.delivered($0) })
            try await outbox.expire(ending, now: Sample.noon + .seconds(1))
            #expect(try found(in: directory).isEmpty)
            let history = try #require(try await outbox.history(of: CorrelationID("w")))
            #expect(history.deliveries.map(\.origin) == [Sample.origin(), Sample.origin()])
            #expect(history.summary.workflow.registration == nil)
            try await outbox.close()
        }
    }

    @Test("A replaced registration is erased with its last delivery")
    func replacement() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let made = try await acceptCanaries(outbox)
            let new = try Sample.registration(id: 2, secret: "new")
            try await outbox.move(to: new.url.text, secret: "new")
            try await outbox.record([Sample.delivered(made[0])])
            try await outbox.expire(ending, now: Sample.noon)
            #expect(try found(in: directory) == Self.canaries)
            try await outbox.record([Sample.delivered(made[1])])
            try await outbox.expire(ending, now: Sample.noon)
            #expect(try found(in: directory).isEmpty)
            #expect(try await outbox.workflow()?.registration == new)
            try await outbox.close()
        }
    }

    @Test("After a crash before the log is emptied, the next start erases the rest")
    func crash() async throws {
        try await TemporaryDirectory.with { directory in
            let crashed = directory + "/crashed"
            try FileManager.default.createDirectory(atPath: crashed, withIntermediateDirectories: false)
            var outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let made = try await acceptCanaries(outbox)
            try await complete(outbox)
            try await outbox.record(made.map { Sample.delivered($0) })
            try await outbox.move(to: "https://other.example/")
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: directory + "/outbox.sqlite" + suffix, toPath: crashed + "/outbox.sqlite" + suffix)
            }
            try await outbox.close()
            #expect(try found(in: crashed) == Self.canaries)
            outbox = try SQLiteOutbox(path: crashed + "/outbox.sqlite")
            #expect(try found(in: crashed).isEmpty)
            try await outbox.close()
            #expect(try found(in: directory).isEmpty, "closing empties the log, too")
        }
    }

    @Test("No bytes of an ended workflow stay in free space between rows of others")
    func manyWorkflows() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            var order = SystemRandomNumberGenerator()
            var live: [(name: String, deliveries: [Delivery])] = []
            for round in 0..<600 {
                let name = "workflow-\(round)"
                let padding = String(repeating: "p", count: Int.random(in: 0..<300, using: &order))
                let url = "https://a.example/\(padding)/Canary-\(name)-Path"
                live.append(
                    (name, try await outbox.accept(["a"], registration: url, secret: "Canary-\(name)-Secret", of: name))
                )
                guard live.count > 100 else { continue }
                let ended = live.remove(at: Int.random(in: 0..<live.count, using: &order))
                try await outbox.record(ended.deliveries.map { Sample.delivered($0) })
                try await complete(outbox, ended.name)
            }
            try await outbox.expire(ending, now: Sample.noon + .seconds(1))
            let text = try contents(of: directory)
            let left = Set(text.matches(of: /Canary-(workflow-[0-9]+)-/).map { String($0.1) })
            #expect(left.subtracting(live.map(\.name)).isEmpty)
            #expect(left.count == live.count)
            try await outbox.close()
        }
    }

    @Test("A kept body, its secret and its URL are erased when their time is over")
    func keptBody() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            let made = try await acceptCanaries(outbox)
            try await complete(outbox)
            try await outbox.record(made.map { failed($0) })
            let keeping = Retention.sample(completion: .zero, keep: .hours(1))
            try await outbox.expire(keeping, now: Sample.noon + .hours(1))
            #expect(try await outbox.workflow()?.registration == nil)
            #expect(try found(in: directory) == Self.canaries, "they are kept, although the registration has ended")
            try await outbox.expire(keeping, now: Sample.noon + .hours(1) + .milliseconds(1))
            #expect(try found(in: directory).isEmpty)
            #expect(try await outbox.redeliver() == [1: .gone, 2: .gone])
            try await outbox.close()
        }
    }

    @Test("Every secret of a registration is erased")
    func severalSecrets() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
            let registration = try Registration(
                id: RegistrationID(1), correlationID: CorrelationID("w"), url: WebhookURL("https://a.example/"),
                secrets: Self.canaries.map { try #require(WebhookSecret(validating: $0)) }, ordering: .parallel,
                format: .flat, maxRetries: 3)
            var workflow = Workflow(correlationID: CorrelationID("w"), lastActivityAt: Sample.noon)
            workflow.registration = registration
            try await outbox.commit(Acceptance(registrations: [registration], workflows: [workflow]))
            #expect(try found(in: directory) == Self.canaries)
            try await complete(outbox)
            try await outbox.expire(.sample(completion: .zero), now: Sample.noon + .seconds(1))
            #expect(try found(in: directory).isEmpty)
            try await outbox.close()
        }
    }

    @Test("A kept body is erased although its registration is still in use")
    func keptBodyOfACurrentRegistration() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            try await outbox.record(try await acceptCanaries(outbox).map { failed($0) })
            try await outbox.expire(.sample(keep: .hours(1)), now: Sample.noon + .hours(2))
            #expect(try found(in: directory) == Array(Self.canaries.prefix(2)))
            try await outbox.close()
        }
    }

    @Test("A redelivered body, its secret and its URL are erased when it is delivered")
    func redeliveredBody() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            let made = try await acceptCanaries(outbox)
            try await complete(outbox)
            try await outbox.record(made.map { failed($0) })
            try await outbox.redeliver([1])
            try await outbox.record([Sample.delivered(made[0], attempt: 2)])
            let keeping = Retention.sample(completion: .zero, keep: .hours(1))
            try await outbox.expire(keeping, now: Sample.noon + .seconds(1))
            #expect(try found(in: directory) == Self.canaries, "the other delivery still keeps them")
            try await outbox.redeliver()
            try await outbox.record([Sample.delivered(made[1], attempt: 2)])
            try await outbox.expire(keeping, now: Sample.noon + .seconds(1))
            #expect(try found(in: directory).isEmpty)
            try await outbox.close()
        }
    }

    @Test("Bodies that make room are erased, with the secrets that only they need")
    func bodiesThatMakeRoom() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            let made = try await acceptCanaries(outbox)
            try await complete(outbox)
            try await outbox.record(made.map { failed($0) })
            let keeping = Retention.sample(completion: .zero, keep: .hours(1))
            try await outbox.expire(keeping, now: Sample.noon + .seconds(1))
            try await outbox.commit(Acceptance(maxBytes: 0))
            try await outbox.expire(keeping, now: Sample.noon + .seconds(1))
            #expect(try found(in: directory).isEmpty)
            try await outbox.close()
        }
    }

    @Test("No bytes of secrets and URLs stay when the kept bodies of many workflows go")
    func manyKeptBodies() async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", keepsFailed: true)
            var order = SystemRandomNumberGenerator()
            var live: [(name: String, deliveries: [Delivery])] = []
            var kept: Set<String> = []
            for round in 0..<300 {
                let name = "workflow-\(round)"
                let padding = String(repeating: "p", count: Int.random(in: 0..<300, using: &order))
                let url = "https://a.example/\(padding)/Canary-\(name)-Path"
                live.append(
                    (name, try await outbox.accept(["a"], registration: url, secret: "Canary-\(name)-Secret", of: name))
                )
                guard live.count > 50 else { continue }
                let ended = live.remove(at: Int.random(in: 0..<live.count, using: &order))
                try await outbox.record(ended.deliveries.map { failed($0, at: Sample.noon + .seconds(round)) })
                try await complete(outbox, ended.name)
                if round.isMultiple(of: 10) {
                    try await outbox.redeliver(of: ended.name)
                    try await outbox.record(ended.deliveries.map { Sample.delivered($0, attempt: 2) })
                } else if round >= 250 {
                    kept.insert(ended.name)
                }
            }
            try await outbox.expire(.sample(completion: .zero, keep: .seconds(50)), now: Sample.noon + .seconds(300))
            let text = try contents(of: directory)
            let left = Set(text.matches(of: /Canary-(workflow-[0-9]+)-/).map { String($0.1) })
            #expect(left == kept.union(live.map(\.name)))
            try await outbox.close()
        }
    }

    private func failed(_ delivery: Delivery, at time: SteadyTime = Sample.noon) -> AttemptRecord {
        Sample.record(delivery, outcome: .failed(.timeout), verdict: .failed(.timeout), endedAt: time)
    }

    private func acceptCanaries(_ outbox: SQLiteOutbox) async throws -> [Delivery] {
        try await outbox.accept(
            ["a", "b"], registration: "https://a.example/\(Self.canaries[1])?q", secret: Self.canaries[0],
            body: Self.canaries[2])
    }

    private func complete(_ outbox: SQLiteOutbox, _ name: String = "w") async throws {
        try await outbox.change(name) { $0.completedAt = Sample.noon }
    }

    private func found(in directory: String) throws -> [String] {
        let text = try contents(of: directory)
        return Self.canaries.filter { text.contains($0) }
    }

    /// All files of a directory, one character for each byte.
    private func contents(of directory: String) throws -> String {
        var text = ""
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            guard let data = try? Data(contentsOf: URL(filePath: directory + "/" + name)) else { continue }
            text.unicodeScalars.append(contentsOf: data.lazy.map { Unicode.Scalar($0 < 0x80 ? $0 : 0x2E) })
        }
        return text
    }
}
