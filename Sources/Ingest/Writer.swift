package import Domain
package import NIOCore
internal import Synchronization

/// One connection to the event socket, as the stages that decide its lines see it.
///
/// Thread-safe: a late decision may come from any thread. Replies are sent only after a `hello` that asks for them.
package final class Writer: Sendable {
    /// What the writer asked for.
    private struct State {
        var ledger = AcknowledgementLedger()
        var hello = Hello(acknowledgements: false, grace: true)
        var lastLine = 0
        /// Set while the connection waits, at its end, until every line is decided.
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false

        var owesReplies: Bool {
            !isCancelled && hello.acknowledgements && ledger.acknowledged < lastLine
        }

        /// The waiter, once there is nothing more to wait for.
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            owesReplies ? nil : waiter.take()
        }
    }

    /// Counts connections since the start: what logs call this one.
    package let connection: Int
    private let channel: any Channel
    private let state = Mutex(State())

    package init(connection: Int, channel: any Channel) {
        self.connection = connection
        self.channel = channel
    }

    /// Whether the writer reads acknowledgements: then it can be made to wait. Any other must never wait for long.
    package var readsReplies: Bool { state.withLock { $0.hello.acknowledgements } }

    /// Whether the writer's artifacts wait for a late registration.
    package var hasGrace: Bool { state.withLock { $0.hello.grace } }

    /// Takes a `hello` line.
    package func greet(_ hello: Hello) { state.withLock { $0.hello = hello } }

    /// These lines are durable or finally decided. Sends one acknowledgement if it goes further than the last.
    package func decided(_ lines: some Sequence<Int>) {
        let (acknowledgement, waiter) = state.withLock { state in
            for line in lines { state.ledger.decide(line) }
            let advanced = state.ledger.advance()
            return (state.hello.acknowledgements ? advanced : nil, state.takeWaiter())
        }
        if let acknowledgement { reply("{\"ack\":\(acknowledgement)}\n") }
        waiter?.resume()
    }

    /// A line was read, though nothing is decided yet.
    func arrived(_ line: Int) { state.withLock { $0.lastLine = line } }

    /// Returns once every line that arrived is decided, or the task is cancelled.
    ///
    /// A writer that has closed its side may still read: lines that wait for a late registration are acknowledged, too.
    func allLinesDecided() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = state.withLock { state in
                    state.waiter = continuation
                    return state.takeWaiter()
                }
                waiter?.resume()
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                return state.takeWaiter()
            }
            waiter?.resume()
        }
    }

    /// Returns once every reply is with the kernel, or the task is cancelled; then the connection is closed.
    func repliesSent() async {
        guard readsReplies else { return }
        let channel = self.channel
        await withTaskCancellationHandler {
            try? await channel.writeAndFlush(ByteBuffer()).get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Tells the writer that a line was rejected. Comes before ``decided(_:)`` for that line.
    package func reject(_ line: Int, _ rejection: Rejection) {
        guard readsReplies else { return }
        reply("{\"rejected\":\(line),\"code\":\"\(rejection.code.rawValue)\",\"message\":\"\(rejection.message)\"}\n")
    }

    /// Never waits: a writer that leaves its replies unread is no longer read from (``EventSocket``).
    private func reply(_ line: String) {
        channel.writeAndFlush(ByteBuffer(string: line), promise: nil)
    }
}
