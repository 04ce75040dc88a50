import Testing
import TraceExport
import Tracing

@Suite struct SamplerTests {
    private static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

    static let decisions: [(name: String, root: Bool, sampled: Bool, unsampled: Bool)] = [
        ("always_on", true, true, true), ("always_off", false, false, false),
        ("parentbased_always_on", true, true, false), ("parentbased_always_off", false, true, false),
        ("traceidratio", true, true, true), ("parentbased_traceidratio", true, true, false),
    ]

    @Test(
        "The parent's flag decides, or the sampler where it is asked to, or where there is no parent",
        arguments: decisions)
    func decides(_ name: String, _ root: Bool, _ sampled: Bool, _ unsampled: Bool) throws {
        let exports = Exports(sampler: try #require(Sampler(name: name, ratio: 1)))
        #expect(exports.span(under: nil).isRecording == root)
        #expect(exports.span(under: Self.sampled).isRecording == sampled)
        #expect(exports.span(under: Self.unsampled).isRecording == unsampled)
    }

    @Test("A ratio records that part of the traces, and always the same ones", arguments: [0, 0.25, 0.5])
    func ratio(_ ratio: Double) throws {
        let exports = Exports(sampler: try #require(Sampler(name: "traceidratio", ratio: ratio)))
        var recorded = 0
        for _ in 0..<4_000 {
            let span = exports.span(under: nil)
            if span.isRecording { recorded += 1 }
            let parent = try #require(span.context.span?.parent)
            #expect(exports.span(under: parent).isRecording == span.isRecording)
        }
        #expect(abs(Double(recorded) / 4_000 - ratio) < 0.05)
    }

    @Test("A ratio records the same trace ids as OpenTelemetry's libraries")
    func edge() throws {
        let exports = Exports(sampler: try #require(Sampler(name: "traceidratio", ratio: 0.5)))
        for (half, isRecorded) in [("7fffffffffffffff", true), ("8000000000000000", false)] {
            let parent = "00-ffffffffffffffff\(half)-00f067aa0ba902b7-00"
            #expect(exports.span(under: parent).isRecording == isRecorded)
        }
    }

    @Test("Samplers that the relay does not have are rejected", arguments: ["", "jaeger_remote", "parentbased_", "On"])
    func unknown(_ name: String) { #expect(Sampler(name: name, ratio: 1) == nil) }
}
