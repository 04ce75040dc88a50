package import Domain
package import NIOCore
internal import Synchronization

/// One connection to the event socket. Collects the decisions about its lines and sends the replies.
///
/// Thread-safe: a line may be decided on any thread. Replies are sent only after a `hello` that asks for them.
package final class Writer: Sendable {
    private struct State {
        var ledger = AcknowledgementLedger()
        var hello = Hello(acknowledgements: false, grace: true)
        var lastLine = 0
        /// Set while the connection waits at its end until every line is decided.
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false

        var owesReplies: Bool {
            !isCancelled && hello.acknowledgements && ledger.acknowledged < lastLine
        }

        /// The waiter, if no reply is due any more.
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            owesReplies ? nil : waiter.take()
        }
    }

    /// The number of this connection since the start, as shown in logs.
    package let connection: Int
    private let channel: any Channel
    private let state = Mutex(State())

    package init(connection: Int, channel: any Channel) {
        self.connection = connection
        self.channel = channel
    }

    /// Whether the writer reads acknowledgements. Only such a writer may be blocked for long.
    package var readsReplies: Bool { state.withLock { $0.hello.acknowledgements } }

    /// Whether the connection is open in at least one direction.
    package var isConnected: Bool { channel.isActive }

    /// Whether the writer's artifacts wait for a late registration.
    package var hasGrace: Bool { state.withLock { $0.hello.grace } }

    /// Applies the options of a `hello` line.
    package func apply(_ hello: Hello) { state.withLock { $0.hello = hello } }

    /// Marks lines as durable or otherwise decided. Sends an acknowledgement if it covers more lines than the last one.
    package func decided(_ lines: some Sequence<Int>) {
        let (acknowledgement, waiter) = state.withLock { state in
            for line in lines { state.ledger.decide(line) }
            let advanced = state.ledger.advance()
            return (state.hello.acknowledgements ? advanced : nil, state.takeWaiter())
        }
        if let acknowledgement { reply("{\"ack\":\(acknowledgement)}\n") }
        waiter?.resume()
    }

    /// A line was read, but is not decided yet.
    func arrived(_ line: Int) { state.withLock { $0.lastLine = line } }

    /// Returns once every line that arrived is decided, or the task is cancelled.
    ///
    /// A writer that has closed its side may still read replies, also to lines that wait for a late registration.
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

    /// Returns once the kernel has every reply. Closes the connection if the task is cancelled.
    func repliesSent() async {
        guard readsReplies else { return }
        let channel = self.channel
        await withTaskCancellationHandler {
            try? await channel.writeAndFlush(ByteBuffer()).get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Sends the writer a rejection of a line. Called before ``decided(_:)`` for that line.
    package func reject(_ line: Int, _ rejection: Rejection) {
        guard readsReplies else { return }
        reply("{\"rejected\":\(line),\"code\":\"\(rejection.code.rawValue)\",\"message\":\"\(rejection.message)\"}\n")
    }

    /// Never waits: ``EventSocket`` stops reading from a writer that does not read its replies.
    private func reply(_ line: String) {
        channel.writeAndFlush(ByteBuffer(string: line), promise: nil)
    }
}
