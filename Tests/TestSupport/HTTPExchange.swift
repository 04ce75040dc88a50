internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Speaks raw bytes to a server on the loopback address.
package enum HTTPExchange {
    /// Sends these bytes and returns all that comes back until the other side closes.
    package static func send(_ text: String, port: Int) async throws -> String {
        let answer = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(UntilTheEnd(answer))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
        return String(decoding: try await answer.futureResult.get(), as: UTF8.self)
    }

    /// The status of a response, as its first line says.
    package static func status(_ response: String) -> Int? {
        let words = response.prefix { $0 != "\r\n" }.split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }
}

/// Collects what is read until the connection ends, however it ends.
private final class UntilTheEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(_ answer: EventLoopPromise<[UInt8]>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.succeed(bytes) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
