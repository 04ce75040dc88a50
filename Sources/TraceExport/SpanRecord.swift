package import Tracing

/// A span that has ended, as it is exported.
package struct SpanRecord: Sendable {
    package let context: SpanContext
    /// nil: the span begins its trace.
    package let parent: SpanContext?
    package let kind: SpanKind
    package var name: String
    package var attributes = SpanAttributes()
    package var events: [SpanEvent] = []
    package var links: [SpanLink] = []
    package var status: SpanStatus?
    /// Nanoseconds since 1970.
    package let start: UInt64
    /// Nanoseconds since 1970, not before ``start``.
    package internal(set) var end: UInt64

    init(_ name: String, _ context: SpanContext, parent: SpanContext?, _ kind: SpanKind, start: UInt64) {
        self.name = name
        self.context = context
        self.parent = parent
        self.kind = kind
        self.start = start
        end = start
    }
}
