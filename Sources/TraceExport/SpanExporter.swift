package import Domain
internal import Synchronization

/// Exports spans in batches, one request at a time: a batch span processor of the OpenTelemetry specification.
///
/// Adding a span takes a lock for a moment and never waits. While spans cannot be exported, they wait in a queue of
/// limited length, and further ones are dropped.
package final class SpanExporter: Sendable {
    private let settings: TraceExportSettings
    private let request: ExportRequest
    private let sender: any SpanSender
    private let observer: any ExportObserver
    private let time: any TimeSource
    private let chance: @Sendable () -> Double
    private let queue: Mutex<SpanQueue>
    private let isDraining = Mutex(false)
    /// Spans of the batch under way.
    private let inFlight = Mutex(0)
    /// No request begins before this time, because the endpoint has sent a `Retry-After`.
    private let heldUntil = Mutex<MonotonicTime?>(nil)
    private let wake = Signal()

    /// - Parameter chance: random numbers from 0 to 1, for the jitter of retries.
    package init(
        _ settings: TraceExportSettings, sender: any SpanSender, observer: any ExportObserver, time: any TimeSource,
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.settings = settings
        self.sender = sender
        self.observer = observer
        self.time = time
        self.chance = chance
        request = ExportRequest(resource: settings.resource, scope: ("flock-relay", RelayVersion.current))
        queue = Mutex(SpanQueue(maxCount: settings.maxQueueSize, batchSize: settings.maxBatchSize))
    }

    /// Adds a span that has ended, or drops it if the queue is full.
    package func add(_ span: SpanRecord) {
        switch queue.withLock({ $0.add(span) }) {
        case .added: break
        case .completedBatch: wake.send()
        case .full: observer.dropped(1, .queueFull)
        }
    }

    /// Starts to export the waiting spans, even if they are no whole batch. Returns at once.
    package func flush() {
        queue.withLock { $0.flush() }
        wake.send()
    }

    /// Ends waits and retries. ``run()`` returns when each waiting span was sent once.
    package func drain() {
        isDraining.withLock { $0 = true }
        wake.send()
    }

    /// Spans that are neither exported nor dropped.
    package var pendingCount: Int { queue.withLock { $0.count } + inFlight.withLock { $0 } }

    private var mustEnd: Bool { isDraining.withLock { $0 } }

    /// Exports until ``drain()`` is called, then exports the remaining spans. Also ends when the task is cancelled.
    package func run() async {
        while !mustEnd, !Task.isCancelled {
            await pause(settings.scheduleDelay) { self.queue.withLock { $0.isReady } }
            await exportNext()
        }
        while !Task.isCancelled, await exportNext() {}
    }

    /// - Returns: false if no span waits.
    @discardableResult private func exportNext() async -> Bool {
        let batch = queue.withLock { $0.take() }
        guard !batch.isEmpty else { return false }
        inFlight.withLock { $0 = batch.count }
        await export(batch)
        inFlight.withLock { $0 = 0 }
        return true
    }

    private func export(_ batch: [SpanRecord]) async {
        let body = request.bytes(batch)
        if let held = heldUntil.withLock({ $0 }) { await pause(held - time.now().monotonic) }
        let deadline = time.now().monotonic + settings.exportTimeout
        for requests in 1... {
            let left = max(deadline - time.now().monotonic, .milliseconds(1))
            let result = await sender.send(body, timeout: min(settings.requestTimeout, left))
            let now = time.now()
            switch ExportVerdict(result, requests: requests, now: now.wall, chance: chance()) {
            case .exported: return observer.exported(batch.count)
            case .drop: return observer.dropped(batch.count, .notExported(result))
            case .retry(let wait):
                heldUntil.withLock { $0 = now.monotonic + wait }
                if mustEnd || Task.isCancelled || now.monotonic + wait >= deadline {
                    return observer.dropped(batch.count, .notExported(result))
                }
                observer.retrying(.notExported(result))
                await pause(wait)
            }
        }
    }

    /// Returns after the wait, or earlier when the exporter drains or the condition is true.
    private func pause(_ wait: Duration, orUntil isReady: () -> Bool = { false }) async {
        let end = time.now().monotonic + wait
        while !mustEnd, !Task.isCancelled, !isReady() {
            let left = end - time.now().monotonic
            guard left > .zero else { return }
            await wake.wait(atMost: left, time)
        }
    }
}
