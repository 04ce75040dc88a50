internal import Domain
package import Tracing

/// Identifies a span over process boundaries (W3C Trace Context).
package struct SpanContext: Hashable, Sendable {
    /// The `sampled` flag: the span is recorded.
    private static let sampled: UInt8 = 0x01
    /// The trace id is random, so that samplers may use its last 7 bytes (W3C Trace Context, level 2).
    private static let random: UInt8 = 0x02

    package let traceID: TraceID
    /// Not 0.
    package let spanID: UInt64
    /// The flags of `traceparent` that are known.
    package let flags: UInt8
    /// `tracestate`.
    package let state: String?
    /// Whether the span is of another process.
    let isRemote: Bool

    package var isSampled: Bool { flags & Self.sampled != 0 }

    /// A new span of the parent's trace, or of a new trace.
    init(childOf parent: SpanContext?, traceID: TraceID, isSampled: Bool) {
        self.traceID = traceID
        spanID = .random(in: 1 ... .max)
        flags = (parent?.flags ?? 0) & Self.random | (isSampled ? Self.sampled : 0)
        state = parent?.state
        isRemote = false
    }

    /// - Returns: nil unless `parent` is a valid `traceparent`. Of a version above 00 the known part is read.
    package init?(parent: String, state: String?) {
        guard TraceContext.isValid(parent: parent) else { return nil }
        let parts = parent.utf8.split(separator: UInt8(ascii: "-")).map { Substring($0) }
        guard let traceID = TraceID(hex: parts[1]), let spanID = UInt64(parts[2], radix: 16),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags & (Self.sampled | Self.random)
        self.state = state
        isRemote = true
    }

    /// The value of `traceparent`.
    package var parent: String { "00-\(traceID)-\(spanID.hex)-\(flags.hex)" }
}

/// The 16 bytes of a trace id; not all 0.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    let number: UInt128

    static func random() -> TraceID { TraceID(number: .random(in: 1 ... .max)) }

    init(number: UInt128) { self.number = number }

    /// - Returns: nil unless `hex` has 32 hex digits.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32, let number = UInt128(hex, radix: 16) else { return nil }
        self.init(number: number)
    }

    /// 32 lower-case hex digits.
    package var description: String { number.hex }
}

extension FixedWidthInteger {
    /// All digits in lower-case hex, with leading zeros.
    fileprivate var hex: String {
        let digits = stride(from: Self.bitWidth - 4, through: 0, by: -4).map { shift in
            let digit = UInt8(truncatingIfNeeded: self >> shift) & 0xF
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension InstrumentationContext {
    private enum Key: InstrumentationContextKey {
        typealias Value = SpanContext
    }

    /// The span that spans with this context belong to: their parent.
    package var span: SpanContext? {
        get { self[Key.self] }
        set { self[Key.self] = newValue }
    }
}
