package import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Sends one HTTP/1.1 request over a Unix-domain socket.
package enum HTTPSocketClient {
    /// Why there is no response.
    package enum Failure: Error {
        /// No process accepts connections on the socket.
        case notReachable(String)
        /// The connection ended before the response was complete.
        case noAnswer
    }

    /// Sends a GET and returns the whole response, within `timeout`.
    package static func get(
        _ target: String, socket: String, timeout: Duration = .seconds(10), group: any EventLoopGroup
    ) async throws -> HTTPResponse {
        let answer = group.any().makePromise(of: HTTPResponse.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(ResponseHandler(answer))
                    }
                }
                .connect(unixDomainSocketPath: socket).get()
        } catch {
            answer.fail(error)
            throw Failure.notReachable("\(error)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: ["Host": "relay"])
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
        defer {
            alarm.cancel()
            channel.close(promise: nil)
        }
        return try await answer.futureResult.get()
    }
}

/// Collects one response.
private final class ResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<HTTPResponse>
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(_ answer: EventLoopPromise<HTTPResponse>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var part): body.writeBuffer(&part)
        case .end:
            if let head { answer.succeed(HTTPResponse(status: head.status, headers: head.headers, body: body)) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(HTTPSocketClient.Failure.noAnswer) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
