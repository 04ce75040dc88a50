internal import NIOCore

/// Limits the connections of the event socket: at the limit no further one is accepted until another ends. Writers that
/// are not accepted wait in the socket's backlog, where they lose nothing.
///
/// All methods run on the event loop of the listening socket.
final class WriterLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let maximum: Int
    private let observer: any AcceptObserver
    private var open = 0
    /// The server wants to accept, but must wait.
    private var isWaiting = false

    init(maximum: Int, observer: any AcceptObserver) {
        self.maximum = maximum
        self.observer = observer
    }

    func read(context: ChannelHandlerContext) {
        if open < maximum {
            context.read()
        } else if !isWaiting {
            isWaiting = true
            observer.writersPaused(at: open)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        open += 1
        let isClosed = unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).assumeIsolated()
        isClosed.whenComplete { _ in self.closed(context) }
        context.fireChannelRead(data)
    }

    private func closed(_ context: ChannelHandlerContext) {
        open -= 1
        guard isWaiting else { return }
        isWaiting = false
        observer.writersAcceptedAgain()
        context.read()
    }
}
