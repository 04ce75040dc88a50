package import Events
package import Frames
internal import Signing

/// The request of one attempt: docs/receivers.md.
package enum WebhookRequest {
    /// - Parameters:
    ///   - destination: where the connection goes.
    ///   - id: what the sender's answer will carry.
    ///   - attempt: from 1.
    ///   - timeout: until the final response headers.
    package static func make(
        _ delivery: Delivery, to destination: Destination, id: UInt64, attempt: Int, timeout: Duration, now: WallTime
    ) -> SendRequest {
        let url = delivery.registration.url
        let headers =
            identity(delivery, attempt: attempt) + standardWebhooks(delivery, now: now) + signature(delivery)
            + trace(delivery)
        switch destination {
        case .asWritten:
            return SendRequest(id: id, timeout: timeout, url: url.text, headers: headers, body: delivery.body)
        case .pinned(let address):
            // Row 19 of urlsession.md.
            let pinned = Origin(scheme: url.origin.scheme, host: "\(address)", port: url.origin.port)
            return SendRequest(
                id: id, timeout: timeout, url: "\(pinned)\(url.target)",
                headers: [.init("Host", url.origin.authority)] + headers, body: delivery.body)
        }
    }

    private static func identity(_ delivery: Delivery, attempt: Int) -> [SendRequest.Header] {
        [
            .init("Content-Type", "application/json"),
            .init("User-Agent", "flock-relay/\(RelayVersion.current)"),
            .init("X-Flock-Correlation-Id", HeaderValue.encode(delivery.correlationID.rawValue)),
            .init("X-Flock-Sequence", "\(delivery.sequence)"),
            .init("X-Flock-Artifact-Id", HeaderValue.encode(delivery.artifactID.rawValue)),
            .init("X-Flock-Attempt", "\(attempt)"),
        ]
    }

    private static func standardWebhooks(_ delivery: Delivery, now: WallTime) -> [SendRequest.Header] {
        let id = WebhookMessageID.make(correlationID: delivery.correlationID, artifactID: delivery.artifactID)
        let headers = [
            SendRequest.Header("webhook-id", id), SendRequest.Header("webhook-timestamp", "\(now.seconds)"),
        ]
        guard let secret = delivery.registration.secret else { return headers }
        let signature = StandardWebhooksSignature(secret: secret)
            .sign(id: id, timestamp: now.seconds, body: delivery.body)
        return headers + [.init("webhook-signature", signature)]
    }

    private static func signature(_ delivery: Delivery) -> [SendRequest.Header] {
        guard let secret = delivery.registration.secret else { return [] }
        return [.init(FlockSignature.headerName, FlockSignature.sign(body: delivery.body, secret: secret))]
    }

    private static func trace(_ delivery: Delivery) -> [SendRequest.Header] {
        guard let trace = delivery.trace else { return [] }
        return [.init("traceparent", trace.parent)] + (trace.state.map { [.init("tracestate", $0)] } ?? [])
    }
}

/// Ids in headers. A value with CR, LF or NUL would vanish in URLSession without a word (row 16a of urlsession.md).
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
