internal import Addresses
internal import Domain
internal import Scheduling
internal import Webhook

/// Makes one attempt: looks up the host, checks its addresses, builds the request and sends it.
struct AttemptRunner: Sendable {
    enum Result {
        /// - timedOut: whether the attempt or its name look-up timed out.
        case ended(AttemptOutcome, timedOut: Bool)
        /// Nothing was sent, because the relay lacked something.
        case notBegun(Shortage)

        init(_ outcome: AttemptOutcome) {
            self = .ended(outcome, timedOut: outcome.errorClass?.isTimeout == true)
        }

        init(_ sent: SendResult) {
            switch sent {
            case .ended(let outcome): self.init(outcome)
            case .notSent(let shortage): self = .notBegun(shortage)
            }
        }
    }

    /// Maximum time that an attempt waits for the addresses of its host.
    private static let maxLookup = Duration.seconds(5)

    let sender: any RequestSender
    let resolver: NameResolver
    let time: any TimeSource

    /// - Parameters:
    ///   - number: of the attempt, from 1.
    ///   - trace: the trace context that the request carries.
    ///   - isAnswering: whether the origin answered the last time; its name is then looked up before others.
    func run(
        _ delivery: Delivery, number: Int, trace: TraceContext?, _ policy: DeliveryPolicy, isAnswering: Bool
    ) async -> Result {
        let begun = time.now().monotonic
        let origin = delivery.registration.url.origin
        let lookUp = { (host: Origin, timeLeft: Duration) in
            await resolver.host(of: host, within: min(timeLeft, Self.maxLookup), isAnswering: isAnswering)
        }
        let host = await lookUp(origin, policy.timeout)
        guard let addresses = host.addresses else { return Self.unresolved(host) }
        guard let destinations = policy.addressGuard.destinations(among: addresses, attempt: number) else {
            return Result(AttemptOutcome.failed(.addressNotAllowed))
        }
        var proxy: ProxyEndpoint?
        if let named = policy.proxy {
            let host = await lookUp(named, policy.timeout - (time.now().monotonic - begun))
            guard let address = host.addresses?.first else { return Self.unresolved(host) }
            proxy = ProxyEndpoint(address: address, port: named.port)
        }
        let now = time.now()
        let request = WebhookRequest.make(
            delivery, to: destinations, through: proxy, attempt: number, trace: trace,
            timeout: max(policy.timeout - (now.monotonic - begun), .milliseconds(1)), now: now.wall,
            signedBy: policy.signingKey)
        return Result(await sender.send(request))
    }

    private static func unresolved(_ host: LookupResult) -> Result {
        if case .notDone(let shortage) = host { return .notBegun(shortage) }
        return .ended(.failed(.dnsError), timedOut: host == .unanswered)
    }
}
