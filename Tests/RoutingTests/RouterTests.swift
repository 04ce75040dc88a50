import Routing
import Domain
import TestSupport
import Testing

@Suite struct RouterTests {
    @Test func artifactsWithoutRegistrationAreUnmatched() throws {
        var router = RoutingHarness().router
        #expect(router.route("a") == "unmatched")
        #expect(router.route("a", of: nil) == "unmatched")
        try router.register("other")
        #expect(router.route("a") == "unmatched")
        #expect(router.workflows.map(\.correlationID) == [CorrelationID("other")])
    }

    @Test func numbersStartAtOneInEachWorkflow() throws {
        var router = RoutingHarness().router
        try router.register("v", url: "https://v.example/")
        try router.register("w", url: "https://w.example/")
        #expect(router.route("a", of: "w") == "matched 1 w.example")
        #expect(router.route("a", of: "v") == "matched 1 v.example")
        #expect(router.route("b", of: "w") == "matched 2 w.example")
        #expect(router.route("b", of: "v") == "matched 2 v.example")
    }

    @Test func onlyDeliveredArtifactsTakeANumber() throws {
        var harness = RoutingHarness(visibility: .public)
        try harness.batch { router in
            #expect(router.route("early") == "unmatched")
            try router.register()
            #expect(router.route("a") == "matched 1 a.example")
            #expect(router.route("a") == "duplicate")
            #expect(router.route(SampleLine.published("p", isPublic: false), now: Sample.noon).summary == "withheld")
            #expect(router.route("b") == "matched 2 a.example")
        }
        let workflow = harness.knowledge.workflows[CorrelationID("w")]
        #expect(workflow?.lastSequence == SequenceNumber(2))
        #expect(workflow?.pending == 2)
    }

    @Test func allArtifactsAreDeliveredByDefault() throws {
        var router = RoutingHarness().router
        try router.register()
        let route = router.route(SampleLine.published("p", isPublic: false), now: Sample.noon)
        #expect(route.summary == "matched 1 a.example")
    }

    @Test func duplicatesAreDetectedWithinAWorkflowOnly() throws {
        var harness = RoutingHarness()
        harness.knowledge.accepted = [ArtifactKey(CorrelationID("w"), ArtifactID("before"))]
        var router = harness.router
        #expect(router.route("before") == "duplicate", "also after the registration has ended")
        try router.register("v")
        try router.register("w")
        #expect(router.route("before", of: "w") == "duplicate")
        #expect(router.route("before", of: "v") == "matched 1 a.example")
    }

    @Test func unmatchedArtifactIsMatchedAfterARegistration() throws {
        var router = RoutingHarness().router
        #expect(router.route("a") == "unmatched")
        try router.register()
        #expect(router.route("a") == "matched 1 a.example")
    }

    @Test func laterRegistrationReplacesTheFirstAndNumbersContinue() throws {
        var harness = RoutingHarness()
        try harness.batch { router in
            try router.register(url: "https://one.example/")
            #expect(router.route("a") == "matched 1 one.example")
            try router.register(url: "https://two.example/")
            #expect(router.route("b") == "matched 2 two.example")
            #expect(router.registrations.map(\.id) == [RegistrationID(1), RegistrationID(2)])
        }
        try harness.batch { router in
            #expect(router.route("c") == "matched 3 two.example")
            try router.register(url: "https://three.example/")
            #expect(router.route("d") == "matched 4 three.example")
            #expect(router.registrations.map(\.id) == [RegistrationID(3)])
        }
    }

    @Test func discardedRouterLeavesNoChange() throws {
        let harness = RoutingHarness()
        for _ in 0..<2 {
            var router = harness.router
            try router.register()
            #expect(router.route("a") == "matched 1 a.example")
        }
    }

    @Test func onlyChangedWorkflowsAreCommitted() throws {
        var harness = RoutingHarness()
        try harness.batch { try $0.register("v") }
        var router = harness.router
        #expect(router.route("a", of: "w") == "unmatched")
        router.complete("unknown")
        #expect(router.workflows.isEmpty)
        #expect(router.route("a", of: "v") == "matched 1 a.example")
        #expect(router.workflows.count == 1)
    }

    @Test func missingFieldsOfARegistrationComeFromTheConfiguration() throws {
        var policy = RoutingHarness(secret: "configured").policy
        policy.defaultOrdering = .ordered
        policy.defaultFormat = .flock
        policy.defaultMaxRetries = 7
        let url = try WebhookURL("https://h.example/x")
        let open = policy.registration(
            RegistrationRequest(correlationID: CorrelationID("w"), url: url), id: RegistrationID(1))
        #expect(open.secrets.map(\.text) == ["configured"])
        #expect(open.ordering == .ordered && open.format == .flock)
        #expect(open.maxRetries == 7)
        let own = policy.registration(
            RegistrationRequest(
                correlationID: CorrelationID("w"), url: url, secrets: [try #require(WebhookSecret(validating: "own"))],
                ordering: .parallel, format: .flat, maxRetries: 0), id: RegistrationID(1))
        #expect(own.secrets.map(\.text) == ["own"])
        #expect(own.ordering == .parallel && own.format == .flat)
        #expect(own.maxRetries == 0)
    }

    @Test("For any input, numbers have no gap and no artifact has two", arguments: 1...20 as ClosedRange<UInt64>)
    func noGaps(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var harness = RoutingHarness()
        var numbers: [String: [Int64]] = [:]
        var artifacts: Set<String> = []
        for step in 0..<300 {
            let now = Sample.noon + .seconds(step)
            var accepted: [ArtifactKey] = []
            try harness.batch { router in
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let workflow = "w\(Int.random(in: 0..<3, using: &random))"
                    let artifact = "a\(Int.random(in: 0..<200, using: &random))"
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0: try router.register(workflow, url: "https://h\(step).example/", at: now)
                    case 1: router.complete(workflow, at: now)
                    default:
                        let route = router.route(SampleLine.published(artifact, of: workflow), now: now)
                        guard case .matched(_, let sequence) = route else { continue }
                        numbers[workflow, default: []].append(sequence.rawValue)
                        #expect(artifacts.insert(workflow + artifact).inserted)
                        accepted.append(ArtifactKey(CorrelationID(workflow), ArtifactID(artifact)))
                    }
                }
            }
            harness.knowledge.accepted.formUnion(accepted)
        }
        #expect(numbers.values.map(\.count).reduce(0, +) > 50)
        for sequence in numbers.values { #expect(sequence == Array(1...Int64(sequence.count))) }
    }
}
