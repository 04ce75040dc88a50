import Domain
import Routing
import TestSupport

/// Routes batch after batch; each starts from the state that the one before committed.
struct RoutingHarness {
    var policy: RoutingPolicy
    var knowledge = Knowledge()

    init(
        visibility: VisibilityPolicy = .all, ttl: Duration = .seconds(86_400), grace: Duration = .seconds(2),
        secret: String? = nil
    ) {
        policy = RoutingPolicy(
            defaultSecrets: [secret].compactMap { $0.flatMap(WebhookSecret.init(validating:)) },
            defaultOrdering: .parallel,
            defaultFormat: .flat, defaultMaxRetries: 3, visibility: visibility, registrationTTL: ttl, grace: grace)
    }

    var router: Router { Router(policy: policy, knowledge: knowledge) }

    /// Routes one batch, and keeps what its commit would keep.
    mutating func batch<Result>(_ body: (inout Router) throws -> Result) rethrows -> Result {
        var router = self.router
        let result = try body(&router)
        for workflow in router.workflows { knowledge.workflows[workflow.correlationID] = workflow }
        if let last = router.registrations.last { knowledge.lastRegistration = last.id }
        return result
    }

    /// Marks all deliveries of a workflow as final.
    mutating func finishAll(of workflow: String, at time: SteadyTime) {
        knowledge.workflows[CorrelationID(workflow)]?.pending = 0
        knowledge.workflows[CorrelationID(workflow)]?.lastActivityAt = time
    }
}

extension Route {
    /// A short form for comparisons: `matched 1 a.example`, `duplicate`, …
    var summary: String {
        switch self {
        case .matched(let registration, let sequence): "matched \(sequence) \(registration.url.origin.host)"
        case .duplicate: "duplicate"
        case .unmatched: "unmatched"
        case .withheld: "withheld"
        case .filtered: "filtered"
        }
    }
}

extension Router {
    mutating func route(_ artifact: String, of workflow: String? = "w", at time: SteadyTime = Sample.noon) -> String {
        route(SampleLine.published(artifact, of: workflow), now: time).summary
    }

    mutating func register(
        _ workflow: String = "w", url: String = "https://a.example/", at time: SteadyTime = Sample.noon
    ) throws {
        register(RegistrationRequest(correlationID: CorrelationID(workflow), url: try WebhookURL(url)), now: time)
    }

    mutating func complete(_ workflow: String = "w", at time: SteadyTime = Sample.noon) {
        complete(CompletionRequest(correlationID: CorrelationID(workflow)), now: time)
    }
}
