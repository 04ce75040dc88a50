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

    private func report(_ router: inout Router) -> String? {
        router.reportCompletion(CorrelationID("w"), now: noon).map { due in
            "\(due.artifactID) \(due.sequence) \(due.status) \(due.failed.map(\.rawValue))"
        }
    }

    @Test func aCompletionWaitsUntilEveryDeliveryIsFinal() throws {
        var harness = RoutingHarness()
        try harness.batch { router in
            try register(&router)
            #expect(router.route("a") == "matched 1 a.example")
            #expect(report(&router) == nil, "the workflow is not complete")
            router.complete(CompletionRequest(correlationID: CorrelationID("w"), status: .failed), now: noon)
            #expect(report(&router) == nil, "a delivery is pending")
            #expect(router.route("late") == "matched 2 a.example")
        }
        harness.finishAll(of: "w", at: noon)
        harness.knowledge.failedSequences = [CorrelationID("w"): [SequenceNumber(2)]]
        harness.batch { router in
            #expect(report(&router) == "workflow.completed 3 failed [2]")
            #expect(report(&router) == nil, "only once")
            #expect(router.route("later") == "matched 4 a.example", "within the grace")
        }
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
            harness.finishAll(of: "w", at: noon)
            harness.knowledge.accepted.insert(ArtifactKey(CorrelationID("w"), ArtifactID("a")))
            harness.batch { #expect(report(&$0) == expected) }
            harness.finishAll(of: "w", at: noon)
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
            harness.finishAll(of: "w", at: noon)
            harness.batch { #expect(report(&$0) == expected) }
            harness.finishAll(of: "w", at: noon)
        }
    }

    @Test func aRegistrationThatReplacesAnotherDropsTheCompletionThatIsDue() throws {
        var router = RoutingHarness().router
        try register(&router)
        router.complete()
        try register(&router)
        #expect(report(&router) == nil)
        router.complete()
        #expect(report(&router) == "workflow.completed 1 idle []")
    }

    @Test func onlyARegistrationThatAsksGetsACompletion() throws {
        var router = RoutingHarness().router
        try register(&router, .default)
        router.complete()
        #expect(report(&router) == nil)
    }

    @Test func whatIsFilteredTakesNoNumber() throws {
        var router = RoutingHarness().router
        try register(&router, DeliveryFilter(events: [.artifactCreated, .workflowCompleted], types: ["Other"]))
        #expect(router.route("a") == "filtered")
        router.complete()
        #expect(report(&router) == "workflow.completed 1 idle []")
    }
}
