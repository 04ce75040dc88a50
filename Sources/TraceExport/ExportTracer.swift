package import Tracing

/// Begins the spans that a ``SpanExporter`` exports, and reads and writes their contexts as W3C Trace Context.
package struct ExportTracer: Tracer {
    private static let parentHeader = "traceparent"
    private static let stateHeader = "tracestate"

    private let sampler: Sampler
    private let exporter: SpanExporter

    package init(sampler: Sampler, exporter: SpanExporter) {
        self.sampler = sampler
        self.exporter = exporter
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> ExportedSpan {
        var context = context()
        let parent = context.span
        let traceID = parent?.traceID ?? .random()
        let isSampled = sampler.samples(traceID, parent: parent)
        let own = SpanContext(childOf: parent, traceID: traceID, isSampled: isSampled)
        context.span = own
        let record =
            isSampled
            ? SpanRecord(operationName, own, parent: parent, kind, start: instant().nanosecondsSinceEpoch) : nil
        return ExportedSpan(context, record, ended: exporter.add)
    }

    /// A later batch than the one under way.
    package func forceFlush() { exporter.flush() }

    package func extract<Carrier, Extract>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract: Extractor, Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: Self.parentHeader, from: carrier) else { return }
        let state = extractor.extract(key: Self.stateHeader, from: carrier)
        context.span = SpanContext(parent: parent, state: state)
    }

    package func inject<Carrier, Inject>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject: Injector, Inject.Carrier == Carrier {
        guard let span = context.span else { return }
        injector.inject(span.parent, forKey: Self.parentHeader, into: &carrier)
        if let state = span.state { injector.inject(state, forKey: Self.stateHeader, into: &carrier) }
    }
}
