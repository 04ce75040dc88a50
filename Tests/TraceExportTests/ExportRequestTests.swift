import Domain
import TestSupport
import Testing
import TraceExport
import Tracing

/// The numbers of fields are those of opentelemetry-proto. Its own parser reads the relay's requests in Tests/flock.
@Suite(.timeLimit(.minutes(1))) struct ExportRequestTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(traceID)-00f067aa0ba902b7-03"

    /// The one span of the request that exports it.
    private func exported(_ exports: Exports, _ span: ExportedSpan) async throws -> ProtobufMessage {
        exports.time.advance(by: .milliseconds(20))
        span.end(at: exports.instant)
        exports.exporter.flush()
        try await exports.run { try await exports.answer(200) }
        let scope = try ProtobufMessage(exports.lastBody).message(1).message(2)
        #expect(try scope.message(1).text(1) == "flock-relay")
        #expect(try scope.message(1).text(2) == RelayVersion.current)
        return try scope.message(2)
    }

    private func hex(_ bytes: [UInt8]?) -> String {
        (bytes ?? []).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("A span has its ids, its parent's, kind, times, status and flags")
    func span() async throws {
        let exports = Exports()
        let span = exports.span("POST", under: Self.parent, state: "v=1")
        span.setStatus(SpanStatus(code: .error, message: "why"))
        let own = try #require(span.context.span)
        let found = try await exported(exports, span)
        #expect(hex(found.bytes(1)) == Self.traceID)
        #expect(own.parent.contains("-\(hex(found.bytes(2)))-") && found.bytes(2)?.count == 8)
        #expect(found.text(3) == "v=1")
        #expect(hex(found.bytes(4)) == "00f067aa0ba902b7")
        #expect(found.text(5) == "POST" && found.number(6) == 3)
        let start = UInt64(Sample.timeOfDay.microseconds) * 1_000
        #expect(found.number(7) == start && found.number(8) == start + 20_000_000)
        #expect(try found.message(15).number(3) == 2)
        #expect(try found.message(15).text(2) == "why")
        #expect(found.number(16) == 0x303)
    }

    @Test("A span without a parent has no parent id, status and state")
    func root() async throws {
        let exports = Exports()
        let found = try await exported(exports, exports.span(under: nil))
        for field in [3, 4, 9, 11, 13, 15] { #expect(found.fields[field] == nil) }
        #expect(found.number(16) == 0x101)
    }

    @Test("The parent of a span may be a span of this process")
    func localParent() async throws {
        let exports = Exports()
        let outer = exports.span(under: nil)
        let inner = exports.tracer.startSpan("inner", context: outer.context, ofKind: .internal, at: exports.instant)
        let found = try await exported(exports, inner)
        let parent = try #require(outer.context.span)
        #expect(parent.parent.hasSuffix("\(hex(found.bytes(4)))-01") && found.number(6) == 1)
        #expect(parent.parent.contains(hex(found.bytes(1))) && found.number(16) == 0x101)
    }

    @Test("Every kind of attribute is written as its own type")
    func attributes() async throws {
        let exports = Exports()
        let span = exports.span(under: nil)
        span.attributes = [
            "text": "\u{202E}a\u{0}\"\u{1F426}", "yes": true, "no": false, "small": .int32(-7), "large": .int64(.max),
            "double": 0.5, "texts": .stringArray(["a", ""]), "numbers": .int64Array([1, -1]),
            "flags": .boolArray([true]), "doubles": .doubleArray([1.5]),
            "other": .stringConvertible(Sample.origin()), "empty": "",
        ]
        let found = try await exported(exports, span)
        var values: [String: ProtobufMessage] = [:]
        for pair in try found.messages(9) { values[pair.text(1) ?? ""] = try pair.message(2) }
        #expect(values.count == 12)
        #expect(values["text"]?.text(1) == "\u{202E}a\u{0}\"\u{1F426}" && values["empty"]?.text(1) == "")
        #expect(values["other"]?.text(1) == "https://a.example")
        #expect(values["yes"]?.number(2) == 1 && values["no"]?.number(2) == 0)
        #expect(values["small"]?.number(3) == UInt64(bitPattern: -7))
        #expect(values["large"]?.number(3) == UInt64(Int64.max))
        #expect(values["double"]?.number(4) == (0.5).bitPattern)
        #expect(try values["texts"]?.message(5).messages(1).map { $0.text(1) } == ["a", ""])
        #expect(try values["numbers"]?.message(5).messages(1).map { $0.number(3) } == [1, .max])
        #expect(try values["flags"]?.message(5).messages(1).map { $0.number(2) } == [1])
        #expect(try values["doubles"]?.message(5).messages(1).map { $0.number(4) } == [(1.5).bitPattern])
    }

    @Test("Events, errors and links are written with their attributes")
    func eventsAndLinks() async throws {
        struct Trouble: Error {}
        let exports = Exports()
        let span = exports.span(under: nil)
        span.addEvent(SpanEvent(name: "e", at: exports.instant, attributes: ["a": 1]))
        span.recordError(Trouble(), attributes: [:], at: exports.instant)
        var other = InstrumentationContext.topLevel
        other.span = SpanContext(parent: Self.parent, state: "w=1")
        span.addLink(SpanLink(context: other, attributes: ["b": "c"]))
        span.addLink(SpanLink(context: .topLevel, attributes: [:]))
        let found = try await exported(exports, span)
        let events = try found.messages(11)
        #expect(events.map { $0.text(2) } == ["e", "exception"])
        #expect(events[0].number(1) == UInt64(Sample.timeOfDay.microseconds) * 1_000)
        #expect(try events[0].message(3).message(2).number(3) == 1)
        let links = try found.messages(13)
        #expect(links.count == 1 && hex(links[0].bytes(1)) == Self.traceID && links[0].text(3) == "w=1")
        #expect(hex(links[0].bytes(2)) == "00f067aa0ba902b7" && links[0].number(6) == 3)
        #expect(try links[0].message(4).message(2).text(1) == "c")
    }

    @Test("A span keeps at most 128 events")
    func eventLimit() async throws {
        let exports = Exports()
        let span = exports.span(under: nil)
        for _ in 0..<200 { span.addEvent("e") }
        #expect(try await exported(exports, span).messages(11).count == 128)
    }

    @Test("The resource names the service, and every attribute once")
    func resource() async throws {
        let environment = [
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,a=1,a=2", "OTEL_SERVICE_NAME": "relay-7",
        ]
        let exports = Exports {
            $0 = TraceExportSettings(
                endpoint: OTLPEndpoint.base("http://localhost:4318"), isExplicit: true, environment: environment)
        }
        exports.record(1)
        exports.exporter.flush()
        try await exports.run { try await exports.answer(200) }
        var found: [String: String] = [:]
        for pair in try ProtobufMessage(exports.lastBody).message(1).message(1).messages(1) {
            let name = pair.text(1) ?? ""
            #expect(found[name] == nil, "\(name) occurs twice")
            found[name] = try pair.message(2).text(1)
        }
        #expect(found["service.name"] == "relay-7" && found["service.version"] == RelayVersion.current)
        #expect(found["a"] == "2" && found["deployment.environment.name"] == "test")
    }
}
