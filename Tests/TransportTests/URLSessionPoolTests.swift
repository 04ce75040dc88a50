import Domain
import Foundation
import Glibc
import TestSupport
import Testing
import Transport

/// The pool with real receivers: each request has exactly one outcome.
@Suite(.serialized, .timeLimit(.minutes(5))) struct URLSessionPoolTests {
    /// One for all tests: sessions live as long as the process.
    private static let pool = Task {
        try await URLSessionPool(count: 2, inFlight: 10_000, connections: 100_000, trust: nil)
    }

    private func request(
        _ url: String, to addresses: [String] = ["127.0.0.1"], body: [UInt8] = Array("{}".utf8),
        timeout: Duration = .seconds(30)
    ) throws -> OutgoingRequest {
        let addresses = addresses.compactMap { text in IPv4Address(anySpelling: text).map(IPAddress.v4) }
        return OutgoingRequest(
            url: try WebhookURL(url), addresses: addresses, proxy: nil,
            headers: [.init("Content-Type", "application/json")], body: body, timeout: timeout)
    }

    /// Answers each request after half a second. A separate process, as each end of a connection takes a descriptor.
    private static let slowReceiver = """
        import asyncio
        async def serve(reader, writer):
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            await asyncio.sleep(0.5)
            writer.write(b"HTTP/1.1 204 No Content\\r\\nConnection: close\\r\\n\\r\\n")
            writer.close()
        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=16384)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()
        asyncio.run(main())
        """

    @Test("10 000 requests in flight at once have one outcome each, and leave nothing behind")
    func manyInFlight() async throws {
        try raiseDescriptorLimit(to: 11_000)
        try await TemporaryDirectory.with { directory in
            let port = directory + "/port"
            let receiver = try ChildProcess(
                "/usr/bin/env", ["python3", "-c", Self.slowReceiver], environment: ["PATH": Self.path], output: port,
                error: directory + "/error")
            defer { receiver.end() }
            try await eventually("the receiver listens") { Self.text(port).hasSuffix("\n") }
            try await send(10_000, to: "http://127.0.0.1:\(Self.text(port).dropLast())/")
        }
    }

    /// Raises the limit for this process and the receiver, which inherits it.
    private func raiseDescriptorLimit(to count: rlim_t) throws {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        try #require(unsafe getrlimit(kind, &limit) == 0 && limit.rlim_max >= count, "needs: ulimit -Hn \(count)")
        limit.rlim_cur = limit.rlim_max
        try #require(unsafe setrlimit(kind, &limit) == 0)
    }

    private static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    private static func text(_ file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }

    private func send(_ count: Int, to url: String) async throws {
        let pool = try await Self.pool.value
        let statuses = try await withThrowingTaskGroup { tasks in
            for _ in 0..<count {
                let request = try request(url, timeout: .seconds(120))
                tasks.addTask { try await pool.outcome(of: request) }
            }
            return try await tasks.reduce(into: [AttemptOutcome: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [.answered(status: 204, retryAfter: nil): count])
        try await eventually("nothing is in flight") { pool.figures().map(\.inFlight) == [0, 0] }
    }

    @Test("A request's body arrives whole, whatever its size", arguments: [0, 1, 65_536, 3_000_000])
    func bodies(_ size: Int) async throws {
        let pool = try await Self.pool.value
        let receiver = try await RawReceiver()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let outcome = try await pool.outcome(of: request(receiver.url(), body: body))
        #expect(outcome == .answered(status: 200, retryAfter: nil))
        let arrived = try #require(receiver.requests.first)
        #expect(arrived.body == body && !arrived.has("Expect"))
    }

    @Test("A request goes to the given address, with the host of the URL in its Host header")
    func pinned() async throws {
        let pool = try await Self.pool.value
        let receiver = try await RawReceiver()
        let outcome = try await pool.outcome(of: request("http://receiver.example:\(receiver.port)/x"))
        #expect(outcome.status == 200)
        #expect(receiver.requests.first?.header("Host") == "receiver.example:\(receiver.port)")
    }

    @Test("After a failed connect the attempt continues with the next address")
    func nextAddress() async throws {
        let pool = try await Self.pool.value
        let receiver = try await RawReceiver()
        // The receiver listens on 127.0.0.1 only.
        let url = "http://receiver.example:\(receiver.port)/"
        #expect(try await pool.outcome(of: request(url, to: ["127.9.9.9", "127.0.0.1"])).status == 200)
        #expect(try await pool.outcome(of: request(url, to: ["127.9.9.9"])) == .failed(.connectionRefused))
    }

    @Test(
        "A request that gets a connection only after half of its time is not sent",
        arguments: [
            (200, SendResult.ended(.answered(status: 200, retryAfter: nil))), (700, .notSent(.fileDescriptors)),
        ])
    func connectionSlot(_ milliseconds: Int, _ expected: SendResult) async throws {
        let pool = try await URLSessionPool(count: 1, inFlight: 10, connections: 1, trust: nil)
        let slow = try await RawReceiver { _ in .hang }
        let receiver = try await RawReceiver()
        async let first = pool.send(request(slow.url(), timeout: .milliseconds(milliseconds)))
        try await eventually("the only connection is in use") { slow.connections == 1 }
        #expect(await pool.send(try request(receiver.url(), timeout: .seconds(1))) == expected)
        #expect(try await first == .ended(.failed(.timeout)))
        #expect(receiver.connections == (expected == .notSent(.fileDescriptors) ? 0 : 1))
    }

    @Test("A request ends with a timeout, and not before its deadline", arguments: [50, 300])
    func deadline(_ milliseconds: Int) async throws {
        let pool = try await Self.pool.value
        let receiver = try await RawReceiver { _ in .hang }
        let start = ContinuousClock.now
        let outcome = try await pool.outcome(of: request(receiver.url(), timeout: .milliseconds(milliseconds)))
        #expect(outcome == .failed(.timeout))
        #expect(ContinuousClock.now - start >= .milliseconds(milliseconds))
        #expect(pool.stuckCount(grace: .seconds(5)) == 0)
    }

    @Test("A kept connection is reused")
    func keptConnection() async throws {
        let pool = try await Self.pool.value
        let receiver = try await RawReceiver()
        for _ in 0..<20 { #expect(try await pool.outcome(of: request(receiver.url())).status == 200) }
        #expect(receiver.connections == 1)
    }
}

extension URLSessionPool {
    private struct NotSent: Error {
        let shortage: Shortage
    }

    /// How a request ended, which this host must be able to send.
    fileprivate func outcome(of request: OutgoingRequest) async throws -> AttemptOutcome {
        switch await send(request) {
        case .ended(let outcome): return outcome
        case .notSent(let shortage): throw NotSent(shortage: shortage)
        }
    }
}
