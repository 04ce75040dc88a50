import Domain
import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@Suite struct HTTPServerTests {
    @Test func aRequestIsReadWholeAndAnswered() async throws {
        try await with { port in
            let response = try await HTTPExchange.send(
                "PUT /a?b HTTP/1.1\r\nHost: h\r\nX-Name: v\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
                port: port)
            #expect(HTTPExchange.status(response) == 200)
            #expect(response.contains("Content-Length: 22\r\n"))
            #expect(response.hasSuffix("\r\n\r\nPUT /a?b v 5 bytes now"))
        }
    }

    @Test func chunkedBodyIsJoined() async throws {
        try await with { port in
            let response = try await HTTPExchange.send(
                "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n", port: port)
            #expect(response.hasSuffix("POST / - 7 bytes now"))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await with { port in
            let requests = (1...5).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined()
            let response = try await HTTPExchange.send(
                requests + "GET /6 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", port: port)
            let targets = response.split(separator: "GET ").dropFirst().map { $0.prefix { $0 != " " } }
            #expect(targets == ["/1", "/2", "/3", "/4", "/5", "/6"])
        }
    }

    @Test func anHTTP10ConnectionIsClosedAfterItsAnswer() async throws {
        try await with { port in
            let response = try await HTTPExchange.send("GET / HTTP/1.0\r\n\r\n", port: port)
            #expect(HTTPExchange.status(response) == 200)
        }
    }

    static let bodies: [(bytes: Int, status: Int)] = [(0, 200), (99, 200), (100, 200), (101, 413), (1_000_000, 413)]

    @Test("A body beyond the limit is rejected", arguments: bodies)
    func bodyLimit(_ bytes: Int, _ status: Int) async throws {
        try await with { port in
            let head = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(bytes)\r\n\r\n"
            let response = try await HTTPExchange.send(head + String(repeating: "x", count: bytes), port: port)
            #expect(HTTPExchange.status(response) == status)
        }
    }

    @Test func theConnectionStaysUsableAfterARejectedBody() async throws {
        try await with { port in
            let large =
                "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\n" + String(repeating: "x", count: 200)
            let response = try await HTTPExchange.send(
                large + "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", port: port)
            #expect(HTTPExchange.status(response) == 413)
            #expect(response.hasSuffix("GET /2 - 0 bytes now"))
        }
    }

    @Test func noAnswerClosesTheConnection() async throws {
        try await with { port in
            let response = try await HTTPExchange.send("GET /silent HTTP/1.1\r\nHost: h\r\n\r\n", port: port)
            #expect(response.isEmpty)
        }
    }

    @Test(
        "Bytes that are not a request close their own connection only",
        arguments: ["\u{0}\u{1}\u{2}\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
    func garbage(_ bytes: String) async throws {
        try await with { port in
            let response = try await HTTPExchange.send(bytes, port: port)
            #expect(HTTPExchange.status(response).map { $0 == 400 } ?? true)
            let next = try await HTTPExchange.send("GET / HTTP/1.0\r\n\r\n", port: port)
            #expect(HTTPExchange.status(next) == 200)
        }
    }

    @Test("The task of a response is cancelled when its client goes", .timeLimit(.minutes(1)))
    func clientGone() async throws {
        let (states, state) = AsyncStream<String>.makeStream()
        let server = HTTPServer(maxBody: 0) { _ in
            state.yield("begun")
            try? await Task.sleep(for: .seconds(3_600))
            state.yield("cancelled")
            return HTTPResponse(status: .ok)
        }
        let channel = try await server.start(host: "127.0.0.1", port: 0, group: .singletonMultiThreadedEventLoopGroup)
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(to: try #require(channel.localAddress)).get()
        try await client.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")).get()
        var seen = states.makeAsyncIterator()
        #expect(await seen.next() == "begun")
        try await client.close()
        #expect(await seen.next() == "cancelled")
        try await channel.close()
    }

    @Test("A connection beyond the limit is answered, and the one whose last request is the oldest is closed")
    func maxConnections() async throws {
        try await with(maxConnections: 3) { port in
            var idle: [any Channel] = []
            for _ in 1...3 { idle.append(try await answeredConnection(port)) }
            let answer = try await HTTPExchange.send("GET / HTTP/1.0\r\n\r\n", port: port)
            #expect(HTTPExchange.status(answer) == 200)
            try await idle[0].closeFuture.get()
            #expect(idle[1].isActive && idle[2].isActive)
            for channel in idle.dropFirst() { try await channel.close() }
        }
    }

    @Test("An idle connection is closed")
    func idleConnection() async throws {
        try await with(idleTimeout: .milliseconds(50)) { port in
            // The connection may be closed before anything is written to it.
            let answer = try? await HTTPExchange.send("GET / HT", port: port)
            #expect(answer ?? "" == "")
        }
    }

    /// Clients that request much and do not read it use a limited amount of memory, and keep no health check out.
    @Test func unreadResponsesAreLimited() async throws {
        try await with { port in
            var unread: [any Channel] = []
            for _ in 1...3 {
                let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .channelOption(.autoRead, value: false).connect(host: "127.0.0.1", port: port).get()
                try await client.writeAndFlush(ByteBuffer(string: "GET /large HTTP/1.1\r\nHost: h\r\n\r\n")).get()
                unread.append(client)
            }
            func status(_ target: String) async throws -> Int? {
                HTTPExchange.status(try await HTTPExchange.send("GET \(target) HTTP/1.0\r\n\r\n", port: port))
            }
            try await eventually("a large response is rejected") { try await status("/large") == 503 }
            #expect(try await status("/small") == 200)
            for client in unread { try await client.close() }
            try await eventually("a large response is sent again") { try await status("/large") == 200 }
        }
    }

    /// A connection that has received one answer and stays open.
    private func answeredConnection(_ port: Int) async throws -> any Channel {
        let answered = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FirstRead(answered))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")).get()
        try await answered.futureResult.get()
        return channel
    }

    /// A server that answers with a summary of the request, with 12 MiB for `/large`, and closes without an answer for
    /// `/silent`.
    private func with(
        maxConnections: Int = 100, idleTimeout: TimeAmount = .minutes(5), _ body: (Int) async throws -> Void
    ) async throws {
        let server = HTTPServer(
            maxBody: 100, maxConnections: maxConnections, idleTimeout: idleTimeout
        ) { request in
            if request.target == "/silent" { return nil }
            if request.target == "/large" {
                return HTTPResponse(status: .ok, body: ByteBuffer(repeating: 0x78, count: 12 << 20))
            }
            let name = request.headers.first(name: "X-Name") ?? "-"
            return HTTPResponse(
                status: .ok, contentType: "text/plain",
                text: "\(request.method) \(request.target) \(name) \(request.body.readableBytes) bytes now")
        }
        let channel = try await server.start(
            host: "127.0.0.1", port: 0, group: .singletonMultiThreadedEventLoopGroup)
        try await body(try #require(channel.localAddress?.port))
        try await channel.close()
    }
}

/// Completes a promise when the first bytes arrive.
private final class FirstRead: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let read: EventLoopPromise<Void>

    init(_ read: EventLoopPromise<Void>) { self.read = read }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { read.succeed() }
    func channelInactive(context: ChannelHandlerContext) { read.fail(ChannelError.alreadyClosed) }
}
