package import Events
internal import NIOCore
internal import Synchronization

/// One connection to the event socket, as those who decide on its lines see it.
///
/// Thread-safe: late decisions come from wherever they are made. Replies go out only after a `hello` that asked for them.
package final class Writer: Sendable {
    /// What the writer asked for.
    private struct State {
        var ledger = AcknowledgementLedger()
        var hello = Hello(acknowledgements: false, grace: true)
    }

    /// Counts connections since the start: what logs call this one.
    package let connection: Int
    private let channel: any Channel
    private let state = Mutex(State())

    init(connection: Int, channel: any Channel) {
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
        let acknowledgement: Int? = state.withLock { state in
            for line in lines { state.ledger.decide(line) }
            let advanced = state.ledger.advance()
            return state.hello.acknowledgements ? advanced : nil
        }
        if let acknowledgement { reply("{\"ack\":\(acknowledgement)}\n") }
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
