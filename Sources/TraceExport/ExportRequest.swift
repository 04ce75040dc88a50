internal import Tracing

/// The body of an OTLP/HTTP request: `ExportTraceServiceRequest`, in the binary form of Protocol Buffers.
///
/// The numbers are those of the fields in `opentelemetry/proto/trace/v1/trace.proto`, and in the files that it imports.
struct ExportRequest {
    /// Everything but the spans, which is the same in each request.
    private let resource: ProtobufWriter
    private let scope: ProtobufWriter

    /// - Parameters:
    ///   - resource: the attributes of the process.
    ///   - scope: name and version of what makes the spans.
    init(resource: [ResourceAttribute], scope: (name: String, version: String)) {
        var writer = ProtobufWriter()
        for attribute in resource { Self.attribute(1, attribute.name, .string(attribute.value), &writer) }
        self.resource = writer
        writer = ProtobufWriter()
        writer.string(1, scope.name)
        writer.string(2, scope.version)
        self.scope = writer
    }

    func bytes(_ spans: [SpanRecord]) -> [UInt8] {
        var scopeSpans = ProtobufWriter()
        scopeSpans.bytes(1, scope.bytes)
        for span in spans { scopeSpans.message(2) { Self.span(span, &$0) } }
        var resourceSpans = ProtobufWriter()
        resourceSpans.bytes(1, resource.bytes)
        resourceSpans.bytes(2, scopeSpans.bytes)
        var request = ProtobufWriter()
        request.bytes(1, resourceSpans.bytes)
        return request.bytes
    }

    // MARK: Spans

    private static func span(_ span: SpanRecord, _ writer: inout ProtobufWriter) {
        writer.bigEndian(1, span.context.traceID.number)
        writer.bigEndian(2, span.context.spanID)
        if let state = span.context.state { writer.string(3, state) }
        if let parent = span.parent { writer.bigEndian(4, parent.spanID) }
        writer.string(5, span.name)
        writer.varint(6, kind(span.kind))
        writer.fixed64(7, span.start)
        writer.fixed64(8, span.end)
        attributes(9, span.attributes, &writer)
        for event in span.events {
            writer.message(11) { eventWriter in
                eventWriter.fixed64(1, event.nanosecondsSinceEpoch)
                eventWriter.string(2, event.name)
                attributes(3, event.attributes, &eventWriter)
            }
        }
        for link in span.links {
            guard let target = link.context.span else { continue }
            writer.message(13) { linkWriter in
                linkWriter.bigEndian(1, target.traceID.number)
                linkWriter.bigEndian(2, target.spanID)
                if let state = target.state { linkWriter.string(3, state) }
                attributes(4, link.attributes, &linkWriter)
                linkWriter.fixed32(6, UInt32(target.flags))
            }
        }
        if let status = span.status { writer.message(15) { Self.status(status, &$0) } }
        // Bits 8 and 9: whether the parent is known to be remote, and whether it is.
        writer.fixed32(16, UInt32(span.context.flags) | 0x100 | (span.parent?.isRemote == true ? 0x200 : 0))
    }

    private static func kind(_ kind: SpanKind) -> Int64 {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func status(_ status: SpanStatus, _ writer: inout ProtobufWriter) {
        if let message = status.message { writer.string(2, message) }
        writer.varint(3, status.code == .ok ? 1 : 2)
    }

    // MARK: Attributes

    private static func attributes(_ field: UInt64, _ attributes: SpanAttributes, _ writer: inout ProtobufWriter) {
        attributes.forEach { attribute(field, $0, $1, &writer) }
    }

    private static func attribute(
        _ field: UInt64, _ name: String, _ value: SpanAttribute, _ writer: inout ProtobufWriter
    ) {
        writer.message(field) { pair in
            pair.string(1, name)
            pair.message(2) { anyValue(value, &$0) }
        }
    }

    /// An `AnyValue`.
    private static func anyValue(_ value: SpanAttribute, _ writer: inout ProtobufWriter) {
        switch value {
        case .string(let text): writer.string(1, text)
        case .stringConvertible(let value): writer.string(1, value.description)
        case .bool(let flag): writer.varint(2, flag ? 1 : 0)
        case .int32(let number): writer.varint(3, Int64(number))
        case .int64(let number): writer.varint(3, number)
        case .double(let number): writer.double(4, number)
        case .stringArray(let texts): array(texts.map { .string($0) }, &writer)
        case .stringConvertibleArray(let values): array(values.map { .string($0.description) }, &writer)
        case .boolArray(let flags): array(flags.map { .bool($0) }, &writer)
        case .int32Array(let numbers): array(numbers.map { .int32($0) }, &writer)
        case .int64Array(let numbers): array(numbers.map { .int64($0) }, &writer)
        case .doubleArray(let numbers): array(numbers.map { .double($0) }, &writer)
        default: break
        }
    }

    private static func array(_ values: [SpanAttribute], _ writer: inout ProtobufWriter) {
        writer.message(5) { array in
            for value in values { array.message(1) { anyValue(value, &$0) } }
        }
    }
}
