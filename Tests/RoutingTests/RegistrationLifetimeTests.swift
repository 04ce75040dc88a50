import Domain
import TestSupport
import Testing

/// When a registration ends, and what reopens its workflow.
@Suite struct RegistrationLifetimeTests {
    private let noon = Sample.noon

    @Test func completedWorkflowStaysOpenForTheGrace() throws {
        var router = RoutingHarness(grace: .seconds(2)).router
        try router.register()
        router.complete(at: noon)
        #expect(router.route("a", at: noon + .seconds(2)) == "matched 1 a.example")
        #expect(router.route("b", at: noon + .seconds(2) + .microseconds(1)) == "unmatched")
        #expect(router.route("a", at: noon + .seconds(9)) == "duplicate")
    }

    @Test func registrationReopensACompletedWorkflow() throws {
        var harness = RoutingHarness(grace: .seconds(2))
        try harness.batch { router in
            try router.register(at: noon)
            #expect(router.route("a", at: noon) == "matched 1 a.example")
            router.complete(at: noon)
        }
        try harness.batch { router in
            try router.register(url: "https://b.example/", at: noon + .seconds(60))
            #expect(router.route("b", at: noon + .seconds(90)) == "matched 2 b.example")
        }
    }

    @Test func secondCompletionDoesNotReopenAWorkflow() throws {
        var router = RoutingHarness(grace: .seconds(2)).router
        try router.register(at: noon)
        router.complete(at: noon)
        router.complete(at: noon + .seconds(60))
        #expect(router.route("a", at: noon + .seconds(61)) == "unmatched")
    }

    @Test func secondCompletionWithinTheGraceDoesNotLengthenIt() throws {
        var router = RoutingHarness(grace: .seconds(2)).router
        try router.register(at: noon)
        router.complete(at: noon)
        router.complete(at: noon + .milliseconds(1_500))
        #expect(router.route("a", at: noon + .milliseconds(2_500)) == "unmatched")
    }

    @Test func idleRegistrationEnds() throws {
        var harness = RoutingHarness(ttl: .seconds(100))
        try harness.batch { try $0.register(at: noon) }
        var router = harness.router
        #expect(router.route("b", at: noon + .seconds(101)) == "unmatched")
        #expect(router.route("a", at: noon + .seconds(100)) == "matched 1 a.example")
    }

    @Test func completionDoesNotReviveAnIdleRegistration() throws {
        var harness = RoutingHarness(ttl: .seconds(100), grace: .seconds(2))
        try harness.batch { try $0.register(at: noon) }
        harness.batch { router in
            router.complete(at: noon + .seconds(200))
            #expect(router.route("a", at: noon + .seconds(201)) == "unmatched")
        }
    }

    @Test func registrationWithPendingDeliveriesNeverEnds() throws {
        var harness = RoutingHarness(ttl: .seconds(100))
        try harness.batch { router in
            try router.register(at: noon)
            #expect(router.route("a", at: noon) == "matched 1 a.example")
        }
        harness.batch { router in
            #expect(router.route("b", at: noon + .seconds(10_000)) == "matched 2 a.example")
        }
        harness.finishAll(of: "w", at: noon + .seconds(20_000))
        var router = harness.router
        #expect(router.route("d", at: noon + .seconds(20_101)) == "unmatched")
        #expect(router.route("c", at: noon + .seconds(20_100)) == "matched 3 a.example")
    }

    @Test func newRegistrationContinuesTheNumbersOfAnIdleOne() throws {
        var harness = RoutingHarness(ttl: .seconds(100))
        try harness.batch { router in
            try router.register(at: noon)
            #expect(router.route("a", at: noon) == "matched 1 a.example")
        }
        harness.finishAll(of: "w", at: noon)
        try harness.batch { router in
            #expect(router.route("b", at: noon + .seconds(500)) == "unmatched")
            try router.register(at: noon + .seconds(600))
            #expect(router.route("b", at: noon + .seconds(600)) == "matched 2 a.example")
        }
    }
}
