package import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A small HTTP/1.1 server that handles whole requests, and responses that are whole or streams, one at a time on each
/// connection.
package struct HTTPServer: Sendable {
    /// Returns the response to a request; nil closes the connection without a response. Its task is cancelled when the
    /// connection closes.
    package typealias Responder = @Sendable (HTTPRequest) async -> HTTPResponse?

    /// TCP connections that may wait to be accepted.
    private static let backlog: Int32 = 1_024

    private let maxBody: Int
    private let limit: ConnectionLimit
    private let idleTimeout: TimeAmount
    private let acceptFailed: @Sendable (Int32) -> Void
    private let respond: Responder
    private let executor = ResponseExecutor()
    private let unread = UnreadResponses()

    /// - Parameters:
    ///   - maxBody: the longest request body, in bytes. The response to a longer one is 413.
    ///   - maxConnections: the most connections at one time. For a further one, the connection whose last request is the
    ///     oldest is closed.
    ///   - idleTimeout: how long a connection may carry no data before it is closed.
    ///   - acceptFailed: called with the error when `accept(2)` fails; it is tried again after a second.
    package init(
        maxBody: Int, maxConnections: Int = 256, idleTimeout: TimeAmount = .minutes(5),
        acceptFailed: @escaping @Sendable (Int32) -> Void = { _ in }, respond: @escaping Responder
    ) {
        self.maxBody = maxBody
        limit = ConnectionLimit(maxConnections)
        self.idleTimeout = idleTimeout
        self.acceptFailed = acceptFailed
        self.respond = respond
    }

    /// Listens on a bound Unix-domain socket, which is closed with the returned channel.
    package func start(on descriptor: NIOBSDSocket.Handle, group: any EventLoopGroup) async throws -> any Channel {
        try await bootstrap(group).withBoundSocket(descriptor).get()
    }

    /// Listens on a TCP address; with port 0 the system chooses the port.
    package func start(host: String, port: Int, group: any EventLoopGroup) async throws -> any Channel {
        try await bootstrap(group).bind(host: host, port: port).get()
    }

    private func bootstrap(_ group: any EventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AcceptPause(failed: acceptFailed), Admission(limit))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: idleTimeout))
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(
                        RequestHandler(
                            maxBody: maxBody, limit: limit, executor: executor, unread: unread, respond: respond))
                }
            }
    }
}

/// Admits connections in the order in which they were accepted. Their own event loops initialize them in any order.
private final class Admission: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let limit: ConnectionLimit

    init(_ limit: ConnectionLimit) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        limit.admit(unwrapInboundIn(data))
        context.fireChannelRead(data)
    }
}

/// A request that has been read, and what is needed to send its response.
private struct Exchange: Sendable {
    let request: HTTPRequest
    let version: HTTPVersion
    let keepAlive: Bool
    let channel: any Channel
    let unread: UnreadResponses
    let respond: HTTPServer.Responder

    func run() async {
        guard let response = await respond(request) else { return channel.close(promise: nil) }
        if let stream = response.stream {
            await write(response, stream)
        } else {
            write(response)
        }
    }

    private func write(_ response: HTTPResponse, _ stream: any HTTPBodyStream) async {
        channel.closeFuture.whenComplete { _ in stream.close() }
        var headers = response.headers
        headers.replaceOrAdd(name: "Connection", value: "close")
        // An older client cannot read chunks; for it the body ends with the connection.
        let head = HTTPResponseHead(version: version, status: response.status, headers: headers)
        do {
            try await channel.writeAndFlush(HTTPServerResponsePart.head(head)).get()
            while let part = await stream.next() {
                try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(part))).get()
            }
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
        } catch {}  // The client has gone.
        stream.close()
        channel.close(promise: nil)
    }

    private func write(_ response: HTTPResponse) {
        let size = response.body.readableBytes
        guard unread.add(size) else {
            return write(
                HTTPResponse(
                    status: .serviceUnavailable, contentType: "application/json",
                    text: #"{"error":"clients leave too many responses unread; read them, and try again"}"# + "\n"))
        }
        var headers = response.headers
        headers.replaceOrAdd(name: "Content-Length", value: "\(size)")
        if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        let channel = self.channel
        let keepAlive = self.keepAlive
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        // The next request is read when the end is written: so a client that does not read has one response at a time.
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(response.body))).whenComplete { _ in
            unread.remove(size)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
                if !keepAlive { channel.close(promise: nil) }
            }
        }
    }
}

/// Collects a request and starts its exchange.
private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case collecting(HTTPRequestHead, ByteBuffer)
        /// The body is longer than allowed; the rest of it is read and discarded.
        case rejecting(HTTPRequestHead)
    }

    private let maxBody: Int
    private let limit: ConnectionLimit
    private let executor: ResponseExecutor
    private let unread: UnreadResponses
    private let respond: HTTPServer.Responder
    private var state = State.idle
    /// The latest exchange.
    private var exchange: Task<Void, Never>?

    init(
        maxBody: Int, limit: ConnectionLimit, executor: ResponseExecutor, unread: UnreadResponses,
        respond: @escaping HTTPServer.Responder
    ) {
        self.maxBody = maxBody
        self.limit = limit
        self.executor = executor
        self.unread = unread
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), _): state = .collecting(head, ByteBuffer())
        case (.body(let part), .collecting(let head, let body)): collect(part, behind: body, head)
        case (.end, .collecting(let head, let body)): answer(head, body, context.channel, respond)
        case (.end, .rejecting(let head)):
            answer(head, ByteBuffer(), context.channel) { _ in HTTPResponse(status: .payloadTooLarge) }
        default: break
        }
    }

    private func collect(_ part: ByteBuffer, behind body: ByteBuffer, _ head: HTTPRequestHead) {
        guard body.readableBytes + part.readableBytes <= maxBody else {
            state = .rejecting(head)
            return
        }
        // The state must not hold a second reference to the buffer, or appending would copy it.
        state = .idle
        var body = body
        body.writeImmutableBuffer(part)
        state = .collecting(head, body)
    }

    private func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ channel: any Channel, _ respond: @escaping HTTPServer.Responder
    ) {
        state = .idle
        limit.use(channel)
        let request = HTTPRequest(method: head.method, target: head.uri, headers: head.headers, body: body)
        let exchange = Exchange(
            request: request, version: head.version, keepAlive: head.isKeepAlive, channel: channel, unread: unread,
            respond: respond)
        self.exchange = Task(executorPreference: executor) { await exchange.run() }
    }

    /// A response that no client can read any more is not worth its work.
    func channelInactive(context: ChannelHandlerContext) {
        exchange?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
