import Domain
import Outbox
import TestSupport
import Testing

/// The list of workflows, page by page.
@Suite struct WorkflowListTests {
    private let noon = Sample.noon

    @Test("Pages show each workflow once, the latest activity first", arguments: OutboxImplementation.all)
    func pages(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            // Of three each, the times are equal.
            for number in 0..<30 { try await outbox.accept(["a"], of: "w\(number)", at: noon + .seconds(number / 3)) }
            let whole = try await ids(outbox, limit: 100)
            #expect(whole.count == 30 && Set(whole).count == 30)
            #expect(whole.map { Int($0.dropFirst()).map { $0 / 3 } } == (0..<30).reversed().map { $0 / 3 })
            for limit in [1, 2, 7, 29, 30, 31] {
                #expect(try await ids(outbox, limit: limit) == whole, "\(limit)")
            }
        }
    }

    @Test(
        "A page after new activity neither loses nor repeats a workflow that was idle",
        arguments: OutboxImplementation.all)
    func movesMeanwhile(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            for number in 0..<8 { try await outbox.accept(["a"], of: "w\(number)", at: noon + .seconds(number)) }
            let first = try await outbox.workflows(WorkflowQuery(.all, limit: 3))
            #expect(names(first) == ["w7", "w6", "w5"])
            // One of the first page, one of a later page, and a new one.
            for name in ["w6", "w2", "new"] { try await outbox.accept(["b"], of: name, at: noon + .seconds(20)) }
            let second = try await outbox.workflows(WorkflowQuery(.all, limit: 3, after: first.next))
            #expect(names(second) == ["w4", "w3", "w1"])
            let third = try await outbox.workflows(WorkflowQuery(.all, limit: 3, after: second.next))
            #expect(names(third) == ["w0"] && third.next == nil)
            let again = try await outbox.workflows(WorkflowQuery(.all, limit: 3))
            #expect(Set(names(again)) == ["new", "w2", "w6"])
        }
    }

    @Test("Workflows are found by any part of their ids, byte for byte", arguments: OutboxImplementation.all)
    func search(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let names = ["order-1", "order-2", "ORDER-3", "caf\u{E9}", "cafe\u{301}", "a%b_c*d", "\u{0}\n\u{202E}x"]
            for name in names { try await outbox.accept(["a"], of: name) }
            let found: (String) async throws -> Set<[UInt8]> = { text in
                Set(
                    try await self.names(outbox.workflows(WorkflowQuery(.all, search: text, limit: 10))).map {
                        Array($0.utf8)
                    })
            }
            let bytes: (String) -> Set<[UInt8]> = { [Array($0.utf8)] }
            #expect(try await found("order-") == bytes("order-1").union(bytes("order-2")))
            #expect(try await found("er-2") == bytes("order-2"))
            #expect(try await found("ORDER-3") == bytes("ORDER-3"))
            #expect(try await found("\u{E9}") == bytes("caf\u{E9}"))
            #expect(try await found("\u{301}") == bytes("cafe\u{301}"))
            #expect(try await found("%b_") == bytes("a%b_c*d"))
            for absent in ["o%r", "o_d", "order-12"] { #expect(try await found(absent).isEmpty) }
            #expect(try await found("\u{0}\n\u{202E}") == bytes("\u{0}\n\u{202E}x"))
            #expect(try await found("").count == 7)
        }
    }

    @Test("A search and a state select together, page by page", arguments: OutboxImplementation.all)
    func selection(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            for number in 0..<20 {
                let made = try await outbox.accept(["a"], of: "\(number % 2 == 0 ? "x" : "y")-\(number)")
                if number % 4 == 0 { try await outbox.record([Sample.delivered(made[0])]) }
            }
            #expect(try await Set(ids(outbox, .finished, "x-", limit: 2)) == ["x-0", "x-4", "x-8", "x-12", "x-16"])
            #expect(try await Set(ids(outbox, .active, "x-", limit: 2)) == ["x-2", "x-6", "x-10", "x-14", "x-18"])
            #expect(try await ids(outbox, .finished, "y-", limit: 2).isEmpty)
        }
    }

    @Test("A list read in slices is complete, without duplicates", arguments: OutboxImplementation.all)
    func slices(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            // More than one slice of either implementation.
            for start in stride(from: 0, to: 24_000, by: 2_000) {
                let workflows = (start..<start + 2_000).map { number in
                    Workflow(
                        correlationID: CorrelationID("w\(number)"), lastActivityAt: noon + .milliseconds(number / 10))
                }
                try await outbox.commit(Acceptance(workflows: workflows))
            }
            #expect(try await Set(ids(outbox, limit: 10_000)).count == 24_000)
            let rare = try await outbox.workflows(WorkflowQuery(.all, search: "w7", limit: 2_000))
            #expect(rare.workflows.count == 1_111 && rare.next == nil)
            #expect(try await ids(outbox, .all, "23999", limit: 1) == ["w23999"])
            #expect(try await ids(outbox, .all, "w0", limit: 1) == ["w0"])
            #expect(try await ids(outbox, .active, limit: 1).isEmpty)
        }
    }

    @Test("A list is in order after many moves", arguments: OutboxImplementation.all)
    func moves(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            for number in 0..<3_000 {
                try await outbox.commit(
                    Acceptance(workflows: [
                        Workflow(
                            correlationID: CorrelationID("w\(number * 7 % 10)"),
                            lastActivityAt: noon + .seconds(number % 100 == 99 ? number - 50 : number))
                    ]))
            }
            var times: [String: Int] = [:]
            for number in 0..<3_000 {
                let time = number % 100 == 99 ? number - 50 : number
                times["w\(number * 7 % 10)"] = max(times["w\(number * 7 % 10)"] ?? 0, time)
            }
            let expected = times.sorted { $0.value > $1.value }.map(\.key)
            #expect(try await ids(outbox, limit: 3) == expected)
        }
    }

    private func names(_ page: WorkflowPage) -> [String] { page.workflows.map(\.workflow.correlationID.rawValue) }

    /// All pages.
    private func ids(
        _ outbox: any OutboxRoles, _ filter: WorkflowFilter = .all, _ search: String = "", limit: Int
    ) async throws -> [String] {
        var found: [String] = []
        var place: WorkflowPlace?
        repeat {
            let page = try await outbox.workflows(WorkflowQuery(filter, search: search, limit: limit, after: place))
            #expect(page.workflows.count <= limit && (page.next == nil || page.workflows.count == limit))
            found += names(page)
            place = page.next
        } while place != nil
        return found
    }
}
