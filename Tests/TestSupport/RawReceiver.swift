internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// An HTTP receiver on 127.0.0.1 that keeps every request and answers with any bytes.
package final class RawReceiver: Sendable {
    /// Decides the answer to a request.
    package typealias Script = @Sendable (RawRequest) -> RawAnswer

    /// Every request so far.
    fileprivate final class Record: Sendable {
        let requests = Mutex<[RawRequest]>([])
        let connections = Mutex(0)
    }

    private let channel: any Channel
    private let record: Record
    package let port: Int

    /// - Parameter script: the answer to each request; 200 by default.
    package init(_ script: @escaping Script = { _ in .ok }) async throws {
        let record = Record()
        self.record = record
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RequestReader(record, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Stops listening.
    package func close() async { try? await channel.close() }

    package func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    package var requests: [RawRequest] { record.requests.withLock { $0 } }
    package var connections: Int { record.connections.withLock { $0 } }

    package func requests(to target: String) -> [RawRequest] { requests.filter { $0.target == target } }

    /// Waits for this many requests, and returns all requests received by then.
    @discardableResult
    package func wait(for count: Int, within limit: Duration = .seconds(15)) async throws -> [RawRequest] {
        try await eventually("\(count) requests", within: limit) { requests.count >= count }
        return requests
    }

    @discardableResult
    package func wait(
        for count: Int, to target: String, within limit: Duration = .seconds(15)
    ) async throws -> [RawRequest] {
        try await eventually("\(count) requests to \(target)", within: limit) { requests(to: target).count >= count }
        return requests(to: target)
    }
}

/// Reads the requests of one connection, one after the other.
private final class RequestReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let record: RawReceiver.Record
    private let script: RawReceiver.Script
    private var buffer = ByteBuffer()
    private var head: String?
    private var bodyLength = 0
    /// Further input is ignored.
    private var isDeaf = false

    init(_ record: RawReceiver.Record, _ script: @escaping RawReceiver.Script) {
        self.record = record
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) { record.connections.withLock { $0 += 1 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        while !isDeaf, takeHead(context), let head, let body = buffer.readBytes(length: bodyLength) {
            self.head = nil
            buffer.discardReadBytes()
            perform(script(keep(head, body)), context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func takeHead(_ context: ChannelHandlerContext) -> Bool {
        if head != nil { return true }
        guard let end = buffer.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)),
            let text = buffer.readString(length: end.upperBound - buffer.readerIndex)
        else { return false }
        head = text
        let lower = text.lowercased()
        bodyLength =
            lower.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        if lower.contains("expect: 100-continue") {
            context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
        return true
    }

    private func keep(_ head: String, _ body: [UInt8]) -> RawRequest {
        record.requests.withLock { requests in
            let new = RawRequest(head: head, body: body, arrivedAt: .now, seenBefore: 0)
            let request = RawRequest(
                head: head, body: body, arrivedAt: new.arrivedAt,
                seenBefore: requests.count { $0.target == new.target })
            requests.append(request)
            return request
        }
    }

    private func perform(_ answer: RawAnswer, _ channel: any Channel) {
        switch answer {
        case .bytes(let text): channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        case .bytesThenClose(let text):
            channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
        case .thenClose(let text, let wait):
            isDeaf = true
            channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            channel.eventLoop.scheduleTask(in: TimeAmount(wait)) { channel.close(promise: nil) }
        case .hang: break
        case .reset:
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in channel.close(promise: nil) }
        case .drip(let text, let interval): drip(text.utf8[...], interval, channel)
        case .after(let wait, let answer):
            let reader = NIOLoopBound(self, eventLoop: channel.eventLoop)
            channel.eventLoop.scheduleTask(in: TimeAmount(wait)) { reader.value.perform(answer, channel) }
        }
    }

    private func drip(_ rest: Substring.UTF8View.SubSequence, _ interval: Duration, _ channel: any Channel) {
        guard channel.isActive, let byte = rest.first else { return }
        channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil)
        let reader = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.eventLoop.scheduleTask(in: TimeAmount(interval)) {
            reader.value.drip(rest.dropFirst(), interval, channel)
        }
    }
}
