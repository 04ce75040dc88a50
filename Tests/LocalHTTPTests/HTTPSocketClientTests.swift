import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing
import UnixSocket

@Suite struct HTTPSocketClientTests {
    @Test func getsTheWholeAnswer() async throws {
        let text = String(repeating: "x", count: 1_000_000)
        try await with({ request in
            HTTPResponse(
                status: .notFound, contentType: "text/plain",
                text: "\(request.headers["Host"]) \(request.target)\(text)")
        }) { socket in
            let response = try await HTTPSocketClient.get(
                "/a?b", socket: socket, group: .singletonMultiThreadedEventLoopGroup)
            #expect(response.status == .notFound)
            #expect(response.headers.first(name: "Content-Type") == "text/plain")
            #expect(String(buffer: response.body) == "[\"relay\"] /a?b" + text)
        }
    }

    @Test func aConnectionClosedWithoutAnswerHasItsOwnError() async throws {
        try await with({ _ in nil }) { socket in
            await #expect(throws: HTTPSocketClient.Failure.self) {
                try await HTTPSocketClient.get("/", socket: socket, group: .singletonMultiThreadedEventLoopGroup)
            }
        }
    }

    @Test func aMissingSocketFails() async throws {
        try await TemporaryDirectory.with { directory in
            let error = await #expect(throws: HTTPSocketClient.Failure.self) {
                try await HTTPSocketClient.get(
                    "/", socket: directory + "/none", group: .singletonMultiThreadedEventLoopGroup)
            }
            guard case .notReachable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    private func with(
        _ respond: @escaping HTTPServer.Responder, _ body: (String) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let socket = try ListeningSocket(path: directory + "/s", mode: 0o600)
            let channel = try await HTTPServer(maxBody: 100, respond: respond)
                .start(on: socket.descriptor, group: .singletonMultiThreadedEventLoopGroup)
            try await body(directory + "/s")
            try await channel.close()
            socket.remove()
        }
    }
}
