package import Events
internal import Signing

/// The request of one attempt: docs/receivers.md.
package enum WebhookRequest {
    /// - Parameters:
    ///   - addresses: where to connect, in the order in which they are tried.
    ///   - proxy: what the connection goes through.
    ///   - attempt: from 1.
    ///   - timeout: until the final response headers.
    package static func make(
        _ delivery: Delivery, to addresses: [IPAddress], through proxy: ProxyEndpoint?, attempt: Int,
        timeout: Duration, now: WallTime
    ) -> OutgoingRequest {
        let headers =
            identity(delivery, attempt: attempt) + standardWebhooks(delivery, now: now) + signature(delivery)
            + trace(delivery)
        return OutgoingRequest(
            url: delivery.registration.url, addresses: addresses, proxy: proxy, headers: headers, body: delivery.body,
            timeout: timeout)
    }

    private static func identity(_ delivery: Delivery, attempt: Int) -> [OutgoingRequest.Header] {
        [
            .init("Content-Type", "application/json"),
            .init("User-Agent", "flock-relay/\(RelayVersion.current)"),
            .init("X-Flock-Correlation-Id", HeaderValue.encode(delivery.correlationID.rawValue)),
            .init("X-Flock-Sequence", "\(delivery.sequence)"),
            .init("X-Flock-Artifact-Id", HeaderValue.encode(delivery.artifactID.rawValue)),
            .init("X-Flock-Attempt", "\(attempt)"),
        ]
    }

    private static func standardWebhooks(_ delivery: Delivery, now: WallTime) -> [OutgoingRequest.Header] {
        let id = WebhookMessageID.make(correlationID: delivery.correlationID, artifactID: delivery.artifactID)
        let headers = [
            OutgoingRequest.Header("webhook-id", id), OutgoingRequest.Header("webhook-timestamp", "\(now.seconds)"),
        ]
        guard let secret = delivery.registration.secret else { return headers }
        let signature = StandardWebhooksSignature(secret: secret)
            .sign(id: id, timestamp: now.seconds, body: delivery.body)
        return headers + [.init("webhook-signature", signature)]
    }

    private static func signature(_ delivery: Delivery) -> [OutgoingRequest.Header] {
        guard let secret = delivery.registration.secret else { return [] }
        return [.init(FlockSignature.headerName, FlockSignature.sign(body: delivery.body, secret: secret))]
    }

    private static func trace(_ delivery: Delivery) -> [OutgoingRequest.Header] {
        guard let trace = delivery.trace else { return [] }
        return [.init("traceparent", trace.parent)] + (trace.state.map { [.init("tracestate", $0)] } ?? [])
    }
}

/// Ids in headers, where CR, LF and NUL must not stand and other bytes are read differently by different receivers.
package enum HeaderValue {
    /// Percent-encodes `%` and every byte outside 0x21 to 0x7E.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let encoded = text.utf8.flatMap { byte -> [UInt8] in
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "%")
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
