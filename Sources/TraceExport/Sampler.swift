/// Decides which spans are recorded (`OTEL_TRACES_SAMPLER`).
package struct Sampler: Hashable, Sendable {
    /// The part of all traces to record, 0 to 1. By the trace id, so that other programs with the same ratio decide alike.
    package let ratio: Double
    /// Whether the flag of the parent, if there is one, decides instead.
    package let obeysParent: Bool

    package init(ratio: Double, obeysParent: Bool) {
        self.ratio = ratio
        self.obeysParent = obeysParent
    }

    /// `parentbased_always_on`, the default of the specification.
    package static let standard = Sampler(ratio: 1, obeysParent: true)

    func samples(_ traceID: TraceID, parent: SpanContext?) -> Bool {
        if obeysParent, let parent { return parent.isSampled }
        if ratio >= 1 { return true }
        // The last 8 bytes of the trace id without their lowest bit, as OpenTelemetry's libraries compare them.
        return UInt64(truncatingIfNeeded: traceID.number) >> 1 < UInt64(ratio * 0x1p63)
    }

    /// - Parameters:
    ///   - name: the value of `OTEL_TRACES_SAMPLER`.
    ///   - ratio: that of `OTEL_TRACES_SAMPLER_ARG`, 0 to 1.
    /// - Returns: nil if the specification has no such sampler, or the relay does not have it.
    package init?(name: String, ratio: Double) {
        let prefix = "parentbased_"
        obeysParent = name.hasPrefix(prefix)
        switch obeysParent ? String(name.dropFirst(prefix.count)) : name {
        case "always_on": self.ratio = 1
        case "always_off": self.ratio = 0
        case "traceidratio": self.ratio = ratio
        default: return nil
        }
    }
}
