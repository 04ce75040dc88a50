import Domain
import Ingest
import TestSupport
import Testing

@Suite struct ArtifactLineTests {
    @Test func fieldsAreRead() throws {
        let artifact = try decode()
        #expect(artifact.artifactID == ArtifactID("a-1"))
        #expect(artifact.correlationID == CorrelationID("w-1"))
        #expect(artifact.artifactType == "Order")
        #expect(artifact.createdAt == WallTime(microseconds: 1_795_441_202_577_437))
        #expect(artifact.isPublic)
        #expect(artifact.trace == nil)
        #expect(artifact.registration == nil)
    }

    @Test func fragmentsAreTheWritersBytes() throws {
        let payload = #"{ "b" : 1.0,"a":18446744073709551616,"\u0061":"\ud83d\udc26\/","n":-0.0 , "e":1E400 }"#
        let fragments = try decode([
            "payload": payload, "tags": #"[ "x" ]"#, "artifact_id": #""\u0061-1""#, "created_at": #""yesterday""#,
        ]).fragments
        let text = { (range: Range<Int>) in String(decoding: fragments.line[range], as: UTF8.self) }
        #expect(text(fragments.payload) == payload)
        #expect(text(fragments.artifactID) == #""\u0061-1""#)
        #expect(text(fragments.artifactType) == #""Order""#)
        #expect(text(fragments.producedBy) == #""alpha""#)
        #expect(text(fragments.correlationID) == #""w-1""#)
        #expect(text(fragments.createdAt) == #""yesterday""#)
        #expect(text(fragments.timestamp) == #""2026-11-23T13:40:02.577437Z""#)
        #expect(fragments.tags.map(text) == #"[ "x" ]"#)
    }

    static let times: [(createdAt: String?, microseconds: Int64?)] = [
        (nil, 1_795_441_202_577_437), ("null", 1_795_441_202_577_437),
        (#""2026-11-23T13:43:08.071954+00:00""#, 1_795_441_388_071_954), (#""yesterday""#, nil), (#""""#, nil),
    ]

    @Test("The creation time is created_at, else timestamp, or nil if it cannot be read", arguments: times)
    func createdAt(_ written: String?, _ microseconds: Int64?) throws {
        let artifact = try decode(["created_at": written])
        #expect(artifact.createdAt?.microseconds == microseconds)
        let range = artifact.fragments.createdAt
        #expect((range == artifact.fragments.timestamp) == (written == nil || written == "null"))
    }

    @Test("A null or empty correlation_id matches no workflow", arguments: ["null", #""""#])
    func unmatchable(_ value: String) throws {
        let artifact = try decode(["correlation_id": value])
        #expect(artifact.correlationID == nil)
        #expect(Array(artifact.fragments.line[artifact.fragments.correlationID]) == Array(value.utf8))
    }

    static let visibilities: [(visibility: String?, isPublic: Bool)] = [
        (nil, true), ("null", true), (#"{"kind":"Public"}"#, true), (#"{"k\u0069nd":"Publi\u0063"}"#, true),
        ("{}", false), (#"{"kind":null}"#, false), (#""Private""#, false), ("[]", false),
        (#"{"agents":[],"kind":"Private"}"#, false), (#"{"kind":"public"}"#, false),
        (#"{"kind":"Tenant"}"#, false), (#"{"kind":""}"#, false),
    ]

    @Test(arguments: visibilities)
    func anArtifactIsPublicWithoutVisibilityOrOfKindPublic(_ visibility: String?, _ isPublic: Bool) throws {
        #expect(try decode(["visibility": visibility]).isPublic == isPublic)
    }

    @Test("Missing and null tags have no fragment", arguments: [nil, "null"])
    func tags(_ tags: String?) throws { #expect(try decode(["tags": tags]).fragments.tags == nil) }

    static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"

    static let traces: [(parent: String?, state: String?, trace: TraceContext?)] = [
        ("\"\(parent)\"", nil, TraceContext(parent: parent, state: nil)),
        ("\"\(parent)\"", #""a=1,b=2""#, TraceContext(parent: parent, state: "a=1,b=2")),
        ("\"\(parent)\"", #""a\r\nX: y""#, TraceContext(parent: parent, state: nil)),
        ("\"\(parent)\"", "7", TraceContext(parent: parent, state: nil)), (nil, #""a=1""#, nil),
        (#""00-x""#, #""a=1""#, nil), ("{}", nil, nil), ("null", nil, nil),
    ]

    @Test("A malformed trace is left out, and the line is still accepted", arguments: traces)
    func trace(_ parent: String?, _ state: String?, _ trace: TraceContext?) throws {
        #expect(try decode(["traceparent": parent, "tracestate": state]).trace == trace)
    }

    @Test("The ids under which completions are delivered are not available", arguments: ["", ".7", ".x"])
    func reservedID(_ rest: String) throws {
        let line = SampleLine.artifact(["artifact_id": "\"workflow.completed\(rest)\""])
        let rejection = #expect(throws: Rejection.self) { try EventDecoder().decode(Array(line.utf8)) }
        #expect(rejection?.code == .invalidValue)
    }

    @Test func anArtifactLineCanCarryARegistration() throws {
        let request = try #require(
            try decode(["webhook_url": #""https:\/\/H.example/x""#, "webhook_secret": #""s""#]).registration)
        #expect(request.correlationID == CorrelationID("w-1"))
        #expect(request.url.text == "https://h.example/x")
        #expect(request.secrets?.map(\.text) == ["s"])
        #expect(request.ordering == nil && request.format == nil && request.maxRetries == nil)
        #expect(try decode(["webhook_url": "null"]).registration == nil)
    }

    static let texts: [(written: String, meant: String)] = [
        (#"\u00fc"#, "\u{FC}"), (#"\ud83d\udc26"#, "\u{1F426}"), (#"a\ud83d\udc26\u00e9b"#, "a\u{1F426}\u{E9}b"),
        (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0001x"#, "\u{1}x"), (#"\\u0041"#, #"\u0041"#),
        ("\u{1F426}\\u00FC\u{1F426}", "\u{1F426}\u{FC}\u{1F426}"), (#"\uD83D\uDC26\uD83D\uDC26"#, "\u{1F426}\u{1F426}"),
    ]

    @Test("Ids are compared after decoding their escapes", arguments: texts)
    func decodesEscapes(_ written: String, _ meant: String) throws {
        let artifact = try decode(["artifact_id": "\"\(written)\"", "correlation_id": "\"\(written)\""])
        #expect(Array(artifact.artifactID.rawValue.utf8) == Array(meant.utf8))
        #expect(artifact.correlationID.map { Array($0.rawValue.utf8) } == Array(meant.utf8))
    }

    private func decode(_ changes: KeyValuePairs<String, String?> = [:]) throws -> PublishedArtifact {
        let event = try EventDecoder().decode(Array(SampleLine.artifact(changes).utf8))
        guard case .published(let artifact) = event else { throw Rejection(.wrongType, "not an artifact") }
        return artifact
    }
}
