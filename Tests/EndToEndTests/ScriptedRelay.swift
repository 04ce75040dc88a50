import NIOCore
import NIOPosix
import Synchronization

/// A status socket that answers with any bytes.
final class ScriptedRelay: Sendable {
    /// The answer to a request, by its target; nil: none.
    typealias Script = @Sendable (String) -> String?

    /// Connections whose request had this target, by the target.
    fileprivate struct Counts {
        var opened: [String: Int] = [:]
        var closed: [String: Int] = [:]
    }

    fileprivate let counts = Mutex(Counts())
    private let script: Script

    init(_ script: @escaping Script) { self.script = script }

    /// - Returns: the channel to close.
    func listen(_ path: String) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answerer(self, script))
                }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    func opened(_ target: String) -> Int { counts.withLock { $0.opened[target] ?? 0 } }
    func closed(_ target: String) -> Int { counts.withLock { $0.closed[target] ?? 0 } }
}

/// Answers the first request of a connection, and closes it then.
private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: ScriptedRelay
    private let script: ScriptedRelay.Script
    private var target: String?

    init(_ relay: ScriptedRelay, _ script: @escaping ScriptedRelay.Script) {
        self.relay = relay
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let words = String(buffer: unwrapInboundIn(data)).split(separator: " ")
        guard target == nil, words.count > 1 else { return }
        let target = String(words[1])
        self.target = target
        relay.counts.withLock { $0.opened[target, default: 0] += 1 }
        guard let answer = script(target) else { return }
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(string: answer)).whenComplete { _ in channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let target { relay.counts.withLock { $0.closed[target, default: 0] += 1 } }
        context.fireChannelInactive()
    }
}
