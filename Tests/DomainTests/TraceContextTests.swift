import Domain
import Testing

@Suite struct TraceContextTests {
    static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(
        "A traceparent may have any two hex digits as flags, and any version but ff",
        arguments: [
            parent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "00-00000000000000000000000000000001-0000000000000001-00",
        ])
    func accepts(_ text: String) { #expect(TraceContext.isValid(parent: text)) }

    @Test(
        "A malformed traceparent is rejected",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", "00_" + parent.dropFirst(3),
            parent + "\r\nX: y", " " + parent,
        ])
    func rejects(_ text: String) { #expect(!TraceContext.isValid(parent: text)) }

    @Test func traceIDIsTheSecondPart() {
        #expect(TraceContext(parent: Self.parent, state: nil).traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    }

    @Test func stateIsPrintableAndShort() {
        #expect(TraceContext.isValid(state: "vendor=1,other=a b"))
        #expect(TraceContext.isValid(state: String(repeating: "a", count: 512)))
        #expect(!TraceContext.isValid(state: String(repeating: "a", count: 513)))
        for text in ["", "a\r\nb", "a\tb", "\u{7F}", "\u{FC}"] { #expect(!TraceContext.isValid(state: text)) }
    }
}
