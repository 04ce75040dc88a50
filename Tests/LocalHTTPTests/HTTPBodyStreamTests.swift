import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport
import Testing

@Suite struct HTTPBodyStreamTests {
    /// So many equal parts, or parts without an end.
    private final class Parts: HTTPBodyStream {
        let size: Int
        let count: Int
        private let state = Mutex((written: 0, isClosed: false))

        init(size: Int, count: Int = .max) {
            self.size = size
            self.count = count
        }

        var written: Int { state.withLock { $0.written } }
        var isClosed: Bool { state.withLock { $0.isClosed } }

        func next() async -> ByteBuffer? {
            let goesOn = state.withLock { state in
                if state.isClosed || state.written == count { return false }
                state.written += 1
                return true
            }
            return goesOn ? ByteBuffer(repeating: 0x78, count: size) : nil
        }

        func close() { state.withLock { $0.isClosed = true } }
    }

    @Test("A stream is sent in chunks, and its end ends the connection")
    func chunks() async throws {
        let parts = Parts(size: 3, count: 2)
        try await with(parts) { port in
            let answer = try await HTTPExchange.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"))
            #expect(answer.lowercased().contains("transfer-encoding: chunked"))
            #expect(answer.hasSuffix("\r\n\r\n3\r\nxxx\r\n3\r\nxxx\r\n0\r\n\r\n"))
            #expect(parts.isClosed)
        }
    }

    @Test("An older client gets the stream without chunks")
    func olderClient() async throws {
        try await with(Parts(size: 3, count: 2)) { port in
            let answer = try await HTTPExchange.send("GET / HTTP/1.0\r\n\r\n", port: port)
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n") && answer.hasSuffix("\r\n\r\nxxxxxx"))
        }
    }

    @Test("A client that does not read is sent no more than the kernel buffers, and its end closes the stream")
    func backPressure() async throws {
        let parts = Parts(size: 64 << 10)
        try await with(parts) { port in
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.autoRead, value: false).connect(host: "127.0.0.1", port: port).get()
            try await client.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")).get()
            var last = -1
            try await eventually("no further part is asked for") {
                defer { last = parts.written }
                try await Task.sleep(for: .milliseconds(100))
                return parts.written > 0 && parts.written == last
            }
            #expect(parts.written * parts.size < 32 << 20)
            try await client.close()
            try await eventually("the stream is closed") { parts.isClosed }
        }
    }

    private func with(_ stream: any HTTPBodyStream, _ body: (Int) async throws -> Void) async throws {
        let server = HTTPServer(maxBody: 100) { _ in
            HTTPResponse(status: .ok, contentType: "text/plain", stream: stream)
        }
        let channel = try await server.start(
            host: "127.0.0.1", port: 0, group: .singletonMultiThreadedEventLoopGroup)
        try await body(try #require(channel.localAddress?.port))
        try await channel.close()
    }
}
