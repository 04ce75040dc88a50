internal import Addresses
internal import Domain
internal import Scheduling
internal import Webhook

/// Makes the request of an attempt: looks up the host, checks its addresses, and signs.
struct AttemptRunner: Sendable {
    /// How an attempt ended.
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

    enum Preparation {
        case request(OutgoingRequest)
        /// The attempt ends before anything is sent.
        case ended(Result)
    }

    /// Maximum time that an attempt waits for the addresses of its host.
    private static let maxLookup = Duration.seconds(5)

    let resolver: NameResolver
    let time: any TimeSource

    /// Makes the request without waiting. Returns nil if a name must be looked up first.
    func prepareAtOnce(_ attempt: RunningAttempt) -> Preparation? {
        guard let host = resolver.known(attempt.origin) else { return nil }
        guard let proxy = attempt.policy.proxy else { return prepare(attempt, host, proxy: nil) }
        return resolver.known(proxy).map { prepare(attempt, host, proxy: ($0, port: proxy.port)) }
    }

    /// - Parameter isAnswering: whether the origin answered the last time; its name is then looked up before others.
    func prepare(_ attempt: RunningAttempt, isAnswering: Bool) async -> Preparation {
        let host = await lookUp(attempt.origin, attempt, isAnswering: isAnswering)
        guard let proxy = attempt.policy.proxy, host.addresses != nil else { return prepare(attempt, host, proxy: nil) }
        return prepare(
            attempt, host, proxy: (await lookUp(proxy, attempt, isAnswering: isAnswering), port: proxy.port))
    }

    private func lookUp(_ origin: Origin, _ attempt: RunningAttempt, isAnswering: Bool) async -> LookupResult {
        let left = attempt.policy.timeout - (time.now().monotonic - attempt.begun.monotonic)
        return await resolver.host(of: origin, within: min(left, Self.maxLookup), isAnswering: isAnswering)
    }

    private func prepare(
        _ attempt: RunningAttempt, _ host: LookupResult, proxy: (host: LookupResult, port: UInt16)?
    ) -> Preparation {
        guard let addresses = host.addresses else { return .ended(Self.unresolved(host)) }
        guard let destinations = attempt.policy.addressGuard.destinations(among: addresses, attempt: attempt.number)
        else { return .ended(Result(AttemptOutcome.failed(.addressNotAllowed))) }
        var endpoint: ProxyEndpoint?
        if let proxy {
            guard let address = proxy.host.addresses?.first else { return .ended(Self.unresolved(proxy.host)) }
            endpoint = ProxyEndpoint(address: address, port: proxy.port)
        }
        let now = time.now()
        let left = attempt.policy.timeout - (now.monotonic - attempt.begun.monotonic)
        return .request(
            WebhookRequest.make(
                attempt.delivery, to: destinations, through: endpoint, attempt: attempt.number,
                trace: attempt.span.trace, timeout: max(left, .milliseconds(1)), now: now.wall,
                signedBy: attempt.policy.signingKey))
    }

    private static func unresolved(_ host: LookupResult) -> Result {
        if case .notDone(let shortage) = host { return .notBegun(shortage) }
        return .ended(.failed(.dnsError), timedOut: host == .unanswered)
    }
}
