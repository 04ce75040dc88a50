internal import Domain
internal import Tracing

/// The span of one attempt: a child of the artifact's, and the parent of the receiver's.
struct AttemptSpan {
    /// The trace context that the request carries: that of the span, or the artifact's if the tracer writes none.
    let trace: TraceContext?
    private let span: any Span
    private let begun: WallTime

    init(_ delivery: Delivery, begun: WallTime, _ tracer: any Tracer) {
        let headers = TraceHeaders()
        var context = InstrumentationContext.topLevel
        if let parent = delivery.trace {
            tracer.extract(
                TraceHeaders.Values(parent: parent.parent, state: parent.state), into: &context, using: headers)
        }
        span = tracer.startSpan("POST", context: context, ofKind: .client, at: begun)
        var own = TraceHeaders.Values()
        tracer.inject(span.context, into: &own, using: headers)
        trace = own.parent.map { TraceContext(parent: $0, state: own.state) } ?? delivery.trace
        self.begun = begun
    }

    /// A span that is never ended is not exported. Attempts that do not count are not ended.
    func end(_ record: AttemptRecord) {
        guard span.isRecording else { return }
        span.attributes = Self.attributes(record)
        if record.attempt.errorClass != nil { span.setStatus(SpanStatus(code: .error)) }
        // Not the clock's time, which may have been stepped in between.
        span.end(at: begun + record.attempt.duration)
    }

    /// Names of the OpenTelemetry conventions for HTTP clients and for messages where they have one. No `url.full`, which
    /// the former ask for, because path and query may hold tokens.
    private static func attributes(_ record: AttemptRecord) -> SpanAttributes {
        let (delivery, attempt) = (record.delivery, record.attempt)
        let origin = delivery.registration.url.origin
        var attributes: SpanAttributes = [
            "http.request.method": "POST", "url.scheme": .string(origin.scheme.rawValue),
            "server.address": .string(origin.addressLiteral?.description ?? origin.host),
            "server.port": .int64(Int64(origin.port)),
            "messaging.message.conversation_id": .string(delivery.correlationID.rawValue),
            "flock.sequence": .int64(delivery.sequence.rawValue),
            "flock.artifact.id": .string(delivery.artifactID.rawValue),
            "flock.artifact.type": .string(delivery.artifactType), "flock.outcome": .string(record.verdict.name),
        ]
        if attempt.number > 1 { attributes["http.request.resend_count"] = attempt.number - 1 }
        if let status = attempt.status { attributes["http.response.status_code"] = status }
        // The conventions have the status itself as the type of such an error.
        if let error = attempt.errorClass {
            attributes["error.type"] = attempt.status.map { "\($0)" } ?? error.description
        }
        return attributes
    }
}

/// Gives a tracer the headers of W3C Trace Context, and takes them from it.
private struct TraceHeaders: Extractor, Injector {
    struct Values: Sendable {
        var parent: String?
        var state: String?
    }

    func extract(key: String, from carrier: Values) -> String? {
        switch key {
        case "traceparent": carrier.parent
        case "tracestate": carrier.state
        default: nil
        }
    }

    func inject(_ value: String, forKey key: String, into carrier: inout Values) {
        switch key {
        case "traceparent": carrier.parent = value
        case "tracestate": carrier.state = value
        default: break
        }
    }
}

extension WallTime: TracerInstant {
    package var nanosecondsSinceEpoch: UInt64 { UInt64(max(microseconds, 0)) * 1_000 }
}
