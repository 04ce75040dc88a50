import Domain
import Testing
import TraceExport
import Tracing

@Suite struct TracerTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(traceID)-00f067aa0ba902b7-01"

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private let exports = Exports()

    private func forwarded(_ headers: [String: String]) -> [String: String] {
        var context = InstrumentationContext.topLevel
        exports.tracer.extract(headers, into: &context, using: Headers())
        var sent: [String: String] = [:]
        let span = exports.tracer.startSpan("POST", context: context, ofKind: .client, at: exports.instant)
        exports.tracer.inject(span.context, into: &sent, using: Headers())
        return sent
    }

    @Test("The sent traceparent names the span itself, in the parent's trace, with its state and flags")
    func child() {
        for flags in ["00", "01", "02", "03"] {
            let sent = forwarded([
                "traceparent": "00-\(Self.traceID)-00f067aa0ba902b7-\(flags)", "tracestate": "v=1,w=2",
            ])
            let parts = sent["traceparent"]?.split(separator: "-") ?? []
            #expect(parts.count == 4 && parts[0] == "00" && parts[1] == Self.traceID && parts[3] == flags)
            #expect(parts[2] != "00f067aa0ba902b7" && parts[2].utf8.count == 16)
            #expect(sent["tracestate"] == "v=1,w=2")
        }
    }

    @Test("Of a later version, the known part is used and version 00 is sent")
    func laterVersion() {
        let sent = forwarded(["traceparent": "cc-\(Self.traceID)-00f067aa0ba902b7-ff"])
        #expect(sent["traceparent"]?.hasPrefix("00-\(Self.traceID)-") == true)
        #expect(sent["traceparent"]?.hasSuffix("-03") == true)
    }

    @Test(
        "Without a valid parent a new trace begins, and no trace state is passed on",
        arguments: [nil, "", "nonsense", "00-\(traceID)-0000000000000000-01", "ff-\(traceID)-00f067aa0ba902b7-01"])
    func root(_ parent: String?) throws {
        var headers = ["tracestate": "v=1"]
        headers["traceparent"] = parent
        let sent = forwarded(headers)
        let text = try #require(sent["traceparent"])
        #expect(TraceContext.isValid(parent: text) && text.hasSuffix("-01") && !text.contains(Self.traceID))
        #expect(sent["tracestate"] == nil)
    }

    @Test("Every span has an id of its own")
    func ids() {
        let ids = Set((0..<1_000).compactMap { _ in exports.span(under: Self.parent).context.span?.spanID })
        #expect(ids.count == 1_000 && !ids.contains(0))
    }

    @Test("A span is put into the queue once, when it ends, and does not change afterwards")
    func endsOnce() {
        let span = exports.span(under: nil)
        span.attributes["a"] = 1
        span.operationName = "GET"
        span.setStatus(SpanStatus(code: .error, message: "no"))
        span.addEvent("e")
        #expect(span.operationName == "GET" && exports.exporter.pendingCount == 0)
        span.end()
        span.end()
        span.attributes["b"] = 2
        #expect(!span.isRecording && span.attributes.isEmpty && exports.exporter.pendingCount == 1)
    }

    @Test("A span that is not recorded keeps nothing and is not exported")
    func notRecorded() {
        let span = exports.span(under: "00-\(Self.traceID)-00f067aa0ba902b7-00")
        span.attributes["a"] = 1
        span.addLink(SpanLink(context: .topLevel, attributes: [:]))
        #expect(span.attributes.isEmpty)
        span.end()
        #expect(exports.exporter.pendingCount == 0)
    }
}
