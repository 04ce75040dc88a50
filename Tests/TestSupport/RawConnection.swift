internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A connection that writes any bytes and keeps all bytes that it reads.
package final class RawConnection: Sendable {
    fileprivate struct Received {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    /// The bytes received.
    fileprivate final class Inbox: Sendable {
        let received = Mutex(Received())
    }

    private let channel: any Channel
    private let inbox: Inbox

    /// Connects to a Unix-domain socket.
    ///
    /// - Parameter reads: whether the connection reads from the start; else ``startReading()`` begins.
    package init(socket: String, reads: Bool = true) async throws {
        inbox = Inbox()
        channel = try await Self.bootstrap(inbox, reads: reads).connect(unixDomainSocketPath: socket).get()
    }

    /// Connects to a TCP port on this machine.
    package init(address: String = "127.0.0.1", port: Int) async throws {
        inbox = Inbox()
        channel = try await Self.bootstrap(inbox, reads: true).connect(host: address, port: port).get()
    }

    private static func bootstrap(_ inbox: Inbox, reads: Bool) -> ClientBootstrap {
        ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
                }
            }
    }

    /// Returns once the kernel has the bytes.
    package func write(_ bytes: some Sequence<UInt8>) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Closes the sending half; reading continues.
    package func finishWriting() async throws { try await channel.close(mode: .output).get() }

    package func close() { channel.close(promise: nil) }

    /// Begins to read, if the connection does not read yet.
    package func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    package var bytes: [UInt8] { inbox.received.withLock { $0.bytes } }

    /// Whether the peer has closed its sending half.
    package var hasEnded: Bool { inbox.received.withLock { $0.hasEnded } }
}

private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: RawConnection.Inbox

    init(_ inbox: RawConnection.Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytesView
        inbox.received.withLock { $0.bytes.append(contentsOf: bytes) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { inbox.received.withLock { $0.hasEnded = true } }
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.received.withLock { $0.hasEnded = true } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
