internal import Domain
internal import LocalHTTP
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Accepts writers on the event socket and passes their decoded lines to the receiver.
///
/// A connection is read only as fast as its lines are accepted and its replies are read. No line of one writer can end
/// or delay another writer's connection.
package final class EventSocket: Sendable {
    /// Bytes of unread replies above which the relay stops reading from a writer.
    private static let unreadReplies = 1 << 20
    /// Bytes of one read, and so of the lines in one commit, while a writer sends faster than lines are committed.
    private static let maxRead = 1 << 17

    private let receiver: any EventReceiver
    private let maxLineLength: Int
    private let connectionCount = Mutex(0)
    private let maxWriters: Int
    private let observer: any AcceptObserver

    /// - Parameters:
    ///   - maxLineLength: the longest line accepted, in bytes without its LF.
    ///   - maxWriters: the most connections at one time.
    package init(
        receiver: any EventReceiver, maxLineLength: Int, maxWriters: Int, observer: any AcceptObserver
    ) {
        self.receiver = receiver
        self.maxLineLength = maxLineLength
        self.maxWriters = maxWriters
        self.observer = observer
    }

    /// Serves until the task is cancelled, then stops reading and closes all connections. After the channel is closed,
    /// serves until its connections have ended.
    ///
    /// - Parameters:
    ///   - descriptor: a bound socket; it is closed when this returns.
    ///   - listening: called with the channel once writers can connect.
    package func serve(
        _ descriptor: NIOBSDSocket.Handle, on group: any EventLoopGroup,
        listening: @escaping @Sendable (any Channel) -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: group)
            // So that no more than `maxWriters` are accepted.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { [observer, maxWriters] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AcceptPause(failed: observer.acceptFailed),
                        WriterLimit(maximum: maxWriters, observer: observer))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 4_096, initial: 65_536, maximum: Self.maxRead)
            )
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: Self.unreadReplies / 2, high: Self.unreadReplies)
            )
            .bind(descriptor) { [maxLineLength] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        BackPressureHandler(), LineHandler(LineDecoder(maxLength: maxLineLength)))
                    return try NIOAsyncChannel<[Line], Never>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
                }
            }
        listening(server.channel)
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in connections {
                    let writer = Writer(connection: nextConnection(), channel: connection.channel)
                    tasks.addTask { await self.serve(connection, writer) }
                }
            }
        }
    }

    private func nextConnection() -> Int {
        connectionCount.withLock { count in
            count += 1
            return count
        }
    }

    /// Serves one connection until it ends. Its errors end this connection only.
    private func serve(_ connection: NIOAsyncChannel<[Line], Never>, _ writer: Writer) async {
        try? await connection.executeThenClose { batches, _ in
            for try await lines in batches { await take(lines, from: writer) }
            await writer.allLinesDecided()
            await writer.repliesSent()
        }
    }

    private func take(_ lines: [Line], from writer: Writer) async {
        let decoder = EventDecoder()
        var decoded: [DecodedLine] = []
        var settled: [Int] = []
        if let last = lines.last { writer.arrived(last.number) }
        for line in lines {
            do throws(Rejection) {
                guard let event = try decode(line, with: decoder) else {
                    settled.append(line.number)
                    continue
                }
                if case .hello(let hello) = event.event { writer.apply(hello) }
                decoded.append(event)
            } catch {
                writer.reject(line.number, error)
                receiver.rejected(error, line: line.number, connection: writer.connection)
                settled.append(line.number)
            }
        }
        writer.decided(settled)
        if !decoded.isEmpty { await receiver.receive(decoded, from: writer) }
    }

    /// - Returns: nil for a blank line, which contains only JSON white space (RFC 8259, section 2).
    private func decode(_ line: Line, with decoder: EventDecoder) throws(Rejection) -> DecodedLine? {
        guard case .text(var bytes) = line.content else {
            throw Rejection(.tooLong, "longer than max-line (\(maxLineLength) bytes); shorten it or raise max-line")
        }
        if line.number == 1 { bytes = Array(ByteOrderMark.dropped(from: bytes)) }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return nil }
        return DecodedLine(number: line.number, event: try decoder.decode(bytes), length: bytes.count)
    }
}

/// Splits the bytes of a connection into lines, and passes on together what was read together: each batch is a commit.
private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = [Line]

    private var decoder: LineDecoder
    private var lines: [Line] = []

    init(_ decoder: LineDecoder) { self.decoder = decoder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { lines += decoder.decode(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) {
        passOn(context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { finish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context)
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext) {
        if let last = decoder.finish() { lines.append(last) }
        passOn(context)
    }

    private func passOn(_ context: ChannelHandlerContext) {
        if lines.isEmpty { return }
        context.fireChannelRead(wrapInboundOut(lines))
        lines = []
    }
}
