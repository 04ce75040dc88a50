internal import Glibc
package import NIOCore

/// Pauses accepting for a second when the system has no descriptor or memory for another connection.
///
/// NIO's `AcceptBackoffHandler` does not help: the event loop still watches the listening socket after a failed
/// `accept(2)`, and would call `accept(2)` again and again. All methods run on the event loop of the listening socket.
package final class AcceptPause: ChannelDuplexHandler {
    package typealias InboundIn = any Channel
    package typealias OutboundIn = Never

    private static let shortages = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let failed: @Sendable (Int32) -> Void
    private var isPaused = false

    /// - Parameter failed: called with the error of each pause.
    package init(failed: @escaping @Sendable (Int32) -> Void) { self.failed = failed }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Self.shortages.contains(error.errnoCode) else {
            context.fireErrorCaught(error)
            return
        }
        failed(error.errnoCode)
        pause(context)
    }

    private func pause(_ context: ChannelHandlerContext) {
        guard !isPaused, let options = context.channel.syncOptions else { return }
        isPaused = true
        // Without `autoRead` the event loop does not watch the socket. Setting it again also reads from the socket.
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            self.isPaused = false
            try? options.setOption(.autoRead, value: true)
        }
    }

    /// Drops reads during the pause; its end reads from the socket.
    package func read(context: ChannelHandlerContext) {
        if !isPaused { context.read() }
    }
}
