package import Events
package import NIOCore
internal import Synchronization

/// One connection to the event socket, as those who decide on its lines see it.
///
/// Thread-safe: late decisions come from wherever they are made. Replies go out only after a `hello` that asked for them.
package final class Writer: Sendable {
    /// What the writer asked for.
    private struct State {
        var ledger = AcknowledgementLedger()
        var hello = Hello(acknowledgements: false, grace: true)
        var lastLine = 0
        /// Waits until every line is decided.
        var leaver: CheckedContinuation<Void, Never>?
        var isAbandoned = false

        var owesReplies: Bool {
            !isAbandoned && hello.acknowledgements && ledger.acknowledged < lastLine
        }

        /// The one that waits, once there is nothing more to wait for.
        mutating func takeLeaver() -> CheckedContinuation<Void, Never>? {
            owesReplies ? nil : leaver.take()
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

    /// Whether the writer reads acknowledgements: such a one can be held, any other must never wait for long.
    package var readsReplies: Bool { state.withLock { $0.hello.acknowledgements } }

    /// Whether the writer's artifacts wait for a late registration.
    package var hasGrace: Bool { state.withLock { $0.hello.grace } }

    /// Takes a `hello` line.
    package func greet(_ hello: Hello) { state.withLock { $0.hello = hello } }

    /// These lines are durable or finally decided. Sends one acknowledgement if it goes further than the last.
    package func decided(_ lines: some Swift.Sequence<Int>) {
        let (acknowledgement, leaver) = state.withLock { state in
            for line in lines { state.ledger.decide(line) }
            let advanced = state.ledger.advance()
            return (state.hello.acknowledgements ? advanced : nil, state.takeLeaver())
        }
        if let acknowledgement { reply("{\"ack\":\(acknowledgement)}\n") }
        leaver?.resume()
    }

    /// A line was read, though nothing is decided yet.
    func arrived(_ line: Int) { state.withLock { $0.lastLine = line } }

    /// Returns once every line that arrived has been answered, or the task is cancelled.
    ///
    /// A writer that has closed its side may still read: what waits for a late registration is answered, too.
    func everythingAnswered() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let leaver = state.withLock { state in
                    state.leaver = continuation
                    return state.takeLeaver()
                }
                leaver?.resume()
            }
        } onCancel: {
            let leaver = state.withLock { state in
                state.isAbandoned = true
                return state.takeLeaver()
            }
            leaver?.resume()
        }
    }

    /// Returns once the writer's side has taken every reply, or the task is cancelled; then the connection is closed.
    func repliesSent() async {
        guard readsReplies else { return }
        let channel = self.channel
        await withTaskCancellationHandler {
            try? await channel.writeAndFlush(ByteBuffer()).get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Tells the writer that a line was refused. Comes before ``decided(_:)`` for that line.
    package func refuse(_ line: Int, _ rejection: Rejection) {
        guard readsReplies else { return }
        reply("{\"rejected\":\(line),\"code\":\"\(rejection.code.rawValue)\",\"message\":\"\(rejection.message)\"}\n")
    }

    /// Never waits: a writer that leaves its replies unread is no longer read from (``EventSocket``).
    private func reply(_ line: String) {
        channel.writeAndFlush(ByteBuffer(string: line), promise: nil)
    }
}
