internal import Synchronization
package import Tracing

/// A span under way. When it ends, it is put into the queue of the exporter.
package final class ExportedSpan: Span {
    /// Its most events, and links, as the specification's default has it.
    private static let maxItems = 128

    package let context: InstrumentationContext
    /// nil if the span is not recorded, and once it has ended.
    private let record: Mutex<SpanRecord?>
    private let ended: @Sendable (SpanRecord) -> Void

    init(
        _ context: InstrumentationContext, _ record: SpanRecord?, ended: @escaping @Sendable (SpanRecord) -> Void
    ) {
        self.context = context
        self.record = Mutex(record)
        self.ended = ended
    }

    package var isRecording: Bool { record.withLock { $0 != nil } }

    package var operationName: String {
        get { record.withLock { $0?.name ?? "" } }
        set { record.withLock { $0?.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { record.withLock { $0?.attributes ?? [:] } }
        set { record.withLock { $0?.attributes = newValue } }
    }

    /// `ok` is final (specification of the API, Set Status).
    package func setStatus(_ status: SpanStatus) {
        record.withLock { record in
            if record?.status?.code != .ok { record?.status = status }
        }
    }

    package func addEvent(_ event: SpanEvent) {
        record.withLock { record in
            if (record?.events.count ?? 0) < Self.maxItems { record?.events.append(event) }
        }
    }

    package func addLink(_ link: SpanLink) {
        record.withLock { record in
            if (record?.links.count ?? 0) < Self.maxItems { record?.links.append(link) }
        }
    }

    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var all: SpanAttributes = [
            "exception.type": .string("\(type(of: error))"), "exception.message": .string("\(error)"),
        ]
        all.merge(attributes)
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: all))
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let taken = record.withLock { record in
            defer { record = nil }
            return record
        }
        guard var finished = taken else { return }
        finished.end = max(instant().nanosecondsSinceEpoch, finished.start)
        ended(finished)
    }
}
