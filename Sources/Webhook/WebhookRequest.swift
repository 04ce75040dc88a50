package import Domain

/// Builds the request of one attempt (docs/receivers.md).
package enum WebhookRequest {
    /// - Parameters:
    ///   - addresses: the addresses to connect to, in the order in which they are tried.
    ///   - proxy: the HTTP proxy to use; nil: connect directly.
    ///   - attempt: from 1.
    ///   - trace: the trace context to send.
    ///   - timeout: the longest time to the final response headers.
    ///   - key: the relay's own key, which signs every request in addition to the registration's secrets.
    package static func make(
        _ delivery: Delivery, to addresses: [IPAddress], through proxy: ProxyEndpoint?, attempt: Int,
        trace: TraceContext? = nil, timeout: Duration, now: WallTime, signedBy key: Ed25519PrivateKey? = nil
    ) -> OutgoingRequest {
        let headers =
            identity(delivery, attempt: attempt) + standardWebhooks(delivery, now: now, key) + signature(delivery)
            + headers(trace)
        return OutgoingRequest(
            url: delivery.registration.url, addresses: addresses, proxy: proxy, headers: headers, body: delivery.body,
            timeout: timeout)
    }

    private static func identity(_ delivery: Delivery, attempt: Int) -> [OutgoingRequest.Header] {
        [
            .init("Content-Type", "application/json"),
            .init("User-Agent", "flock-relay/\(RelayVersion.current)"),
            .init("X-Flock-Correlation-Id", PercentEncoding.encodeHeaderValue(delivery.correlationID.rawValue)),
            .init("X-Flock-Sequence", "\(delivery.sequence)"),
            .init("X-Flock-Artifact-Id", PercentEncoding.encodeHeaderValue(delivery.artifactID.rawValue)),
            .init("X-Flock-Attempt", "\(attempt)"),
        ]
    }

    private static func standardWebhooks(
        _ delivery: Delivery, now: WallTime, _ key: Ed25519PrivateKey?
    ) -> [OutgoingRequest.Header] {
        let id = WebhookMessageID.make(correlationID: delivery.correlationID, artifactID: delivery.artifactID)
        let headers = [
            OutgoingRequest.Header("webhook-id", id), OutgoingRequest.Header("webhook-timestamp", "\(now.seconds)"),
        ]
        var signatures = delivery.registration.secrets.map {
            StandardWebhooksSignature(secret: $0).sign(id: id, timestamp: now.seconds, body: delivery.body)
        }
        if let key {
            signatures.append(AsymmetricSignature.sign(id: id, timestamp: now.seconds, body: delivery.body, key: key))
        }
        if signatures.isEmpty { return headers }
        return headers + [.init("webhook-signature", signatures.joined(separator: " "))]
    }

    private static func signature(_ delivery: Delivery) -> [OutgoingRequest.Header] {
        guard let secret = delivery.registration.secrets.first else { return [] }
        return [.init(FlockSignature.headerName, FlockSignature.sign(body: delivery.body, secret: secret))]
    }

    private static func headers(_ trace: TraceContext?) -> [OutgoingRequest.Header] {
        guard let trace else { return [] }
        return [.init("traceparent", trace.parent)] + (trace.state.map { [.init("tracestate", $0)] } ?? [])
    }
}
