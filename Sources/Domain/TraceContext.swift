/// A W3C Trace Context: that in which the artifact was created, as the writer sent it, or that of an attempt.
package struct TraceContext: Hashable, Sendable {
    /// `traceparent`: version, trace id, parent id and flags in lower-case hex.
    package let parent: String
    /// `tracestate`: a list of vendor entries.
    package let state: String?

    package init(parent: String, state: String?) {
        self.parent = parent
        self.state = state
    }

    /// The 32 hex digits of the trace id.
    package var traceID: String { String(parent.dropFirst(3).prefix(32)) }

    /// Whether a text is a `traceparent` (W3C Trace Context, 3.2): known length, lower-case hex, ids not all zero.
    ///
    /// The flags may be any two hex digits, because some tracing libraries write `03`.
    package static func isValid(parent: String) -> Bool {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff" else { return false }
        return parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
            && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }

    /// Whether a text can be sent as a `tracestate` header: printable ASCII, 1 to 512 bytes.
    package static func isValid(state: String) -> Bool {
        (1...512).contains(state.utf8.count) && state.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
