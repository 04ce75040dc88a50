import Domain
import Routing
import TestSupport
import Testing

/// When `workflow.completed` is due.
@Suite struct CompletionTests {
    private let noon = Sample.noon
    private static let both = DeliveryFilter(events: [.artifactCreated, .workflowCompleted])

    private func register(_ router: inout Router, _ filter: DeliveryFilter = Self.both) throws {
        router.register(
            RegistrationRequest(
                correlationID: CorrelationID("w"), url: try WebhookURL("https://a.example/"), filter: filter), now: noon
        )
    }

    private func accept(_ router: inout Router) -> String? {
        router.acceptCompletion(CorrelationID("w"), now: noon).map { due in
            "\(due.artifactID) \(due.sequence) \(due.status) \(due.failed.map(\.rawValue))"
        }
    }

    @Test func aCompletionWaitsUntilEveryDeliveryIsFinal() throws {
        var harness = RoutingHarness()
        try harness.batch { router in
            try register(&router)
            #expect(router.route("a") == "matched 1 a.example")
            #expect(accept(&router) == nil, "the workflow is not complete")
            router.complete(CompletionRequest(correlationID: CorrelationID("w"), status: .failed), now: noon)
            #expect(accept(&router) == nil, "a delivery is pending")
            #expect(router.route("late") == "matched 2 a.example")
        }
        harness.finishAll(of: "w", at: noon)
        harness.knowledge.failedSequences = [CorrelationID("w"): [SequenceNumber(2)]]
        harness.batch { router in
            #expect(accept(&router) == "workflow.completed 3 failed [2]")
            #expect(accept(&router) == nil, "only once")
            #expect(router.route("later") == "matched 4 a.example", "within the grace")
        }
    }

    /// Accepts the completion in a batch of its own, and makes everything final.
    private func complete(_ harness: inout RoutingHarness) -> String? {
        harness.finishAll(of: "w", at: noon)
        let accepted = harness.batch { accept(&$0) }
        if accepted != nil { harness.knowledge.accepted.insert(ArtifactKey(CorrelationID("w"), .completion)) }
        harness.finishAll(of: "w", at: noon)
        return accepted
    }

    @Test func aWriterThatSendsItsLinesAgainCausesNoSecondCompletion() throws {
        var harness = RoutingHarness()
        for expected in ["workflow.completed 2 idle []", nil, nil] {
            try harness.batch { router in
                try register(&router)
                #expect(router.route("a") == (expected == nil ? "duplicate" : "matched 1 a.example"))
                router.complete()
                router.complete()
            }
            harness.knowledge.accepted.insert(ArtifactKey(CorrelationID("w"), ArtifactID("a")))
            #expect(complete(&harness) == expected)
        }
    }

    @Test func aWorkflowThatIsOpenedAgainCompletesAgainAfterAnotherDelivery() throws {
        var harness = RoutingHarness()
        for (artifact, expected) in [
            ("a", "workflow.completed 2 idle []"), ("b", "workflow.completed.4 4 idle []"),
            ("c", "workflow.completed.6 6 idle []"),
        ] {
            try harness.batch { router in
                try register(&router)
                _ = router.route(artifact)
                router.complete()
            }
            #expect(complete(&harness) == expected)
        }
    }

    @Test func anotherRegistrationGetsACompletionOfItsOwn() throws {
        var harness = RoutingHarness()
        let filters = [Self.both, DeliveryFilter(events: [.workflowCompleted]), Self.both]
        for (filter, expected) in zip(
            filters, ["workflow.completed 1", "workflow.completed.2 2", "workflow.completed.3 3"])
        {
            try harness.batch { router in
                try register(&router, filter)
                router.complete()
            }
            #expect(complete(&harness) == expected + " idle []")
        }
    }

    @Test func anIdThatIsTakenIsNotUsed() throws {
        var harness = RoutingHarness()
        harness.knowledge.accepted.insert(ArtifactKey(CorrelationID("w"), .completion))
        try harness.batch { router in
            try register(&router)
            router.complete()
        }
        #expect(complete(&harness) == "workflow.completed.1 1 idle []")
    }

    @Test func aRegistrationThatReplacesAnotherDropsTheRequestedCompletion() throws {
        var router = RoutingHarness().router
        try register(&router)
        router.complete()
        try register(&router)
        #expect(accept(&router) == nil)
        router.complete()
        #expect(accept(&router) == "workflow.completed 1 idle []")
    }

    @Test func onlyARegistrationThatAsksGetsACompletion() throws {
        var router = RoutingHarness().router
        try register(&router, .default)
        router.complete()
        #expect(accept(&router) == nil)
    }

    @Test func whatIsFilteredTakesNoNumber() throws {
        var router = RoutingHarness().router
        try register(&router, DeliveryFilter(events: [.artifactCreated, .workflowCompleted], types: ["Other"]))
        #expect(router.route("a") == "filtered")
        router.complete()
        #expect(accept(&router) == "workflow.completed 1 idle []")
    }
}
