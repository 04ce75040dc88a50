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
    package var parent: String {
        var text = Array("00-".utf8)
        text.reserveCapacity(55)
        traceID.appendHex(to: &text)
        text.append(UInt8(ascii: "-"))
        spanID.appendHex(to: &text)
        text.append(UInt8(ascii: "-"))
        flags.appendHex(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}

/// The 16 bytes of a trace id; not all 0.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    static func random() -> TraceID { TraceID(high: .random(in: 0 ... .max), low: .random(in: 1 ... .max)) }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Returns: nil unless `hex` has 32 hex digits.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32, let high = UInt64(hex.prefix(16), radix: 16),
            let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hex digits.
    package var description: String {
        var text: [UInt8] = []
        appendHex(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func appendHex(to text: inout [UInt8]) {
        high.appendHex(to: &text)
        low.appendHex(to: &text)
    }
}

extension FixedWidthInteger {
    /// Appends all digits in lower-case hex, with leading zeros.
    fileprivate func appendHex(to text: inout [UInt8]) {
        for shift in stride(from: Self.bitWidth - 4, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: self >> Self(shift)) & 0xF
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
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
