import AsyncAlgorithms
import LocalHTTP
import NIOCore
import NIOHTTP1
import Status
import Webhook

/// Passes requests of a browser on to the status socket if their paths begin with a token.
///
/// The token keeps other users of the machine out. It stands in the path and not in a cookie, because a browser sends the
/// cookies of 127.0.0.1 to every port, and so to programs of other users.
struct PageBridge: Sendable {
    static let host = "127.0.0.1"
    /// How long the relay may take for a whole answer, and to begin one without an end. Longer than the page waits, so
    /// that the page sees a slow answer as slow and not as an error.
    private static let timeout = Duration.seconds(15)

    private let socket: String
    private let group: any EventLoopGroup
    private let token = Self.randomToken()

    init(socket: String, group: any EventLoopGroup) {
        self.socket = socket
        self.group = group
    }

    /// The path of the page.
    var path: String { "/\(token)/" }

    private static func randomToken() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard HostHeader.isLocal(request.headers.first(name: "Host"), listeningOn: Self.host) else {
            return StatusServer.problem(
                .forbidden, "the Host is not allowed, because of DNS rebinding; use localhost or \(Self.host)")
        }
        let parts = request.target.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard Digest.equalInConstantTime(Array((parts.first ?? "").utf8), Array(token.utf8)) else {
            return StatusServer.problem(
                .forbidden, "the address has no valid token; open the address that `flock-relay page` printed last")
        }
        guard parts.count == 2 else {
            return HTTPResponse(status: .permanentRedirect, headers: ["Location": path])
        }
        guard request.method == .GET else {
            var response = StatusServer.problem(.methodNotAllowed, "the method is not allowed; use GET")
            response.headers.add(name: "Allow", value: "GET")
            return response
        }
        return await pass("/" + parts[1])
    }

    private func pass(_ target: String) async -> HTTPResponse {
        if target.hasPrefix("/attempts") { return await stream(target) }
        do {
            let answer = try await HTTPSocketClient.get(target, socket: socket, timeout: Self.timeout, group: group)
            var headers = answer.headers
            for name in ["Connection", "Content-Length", "Transfer-Encoding"] { headers.remove(name: name) }
            return HTTPResponse(status: answer.status, headers: headers, body: answer.body)
        } catch {
            return notReachable
        }
    }

    /// An answer without an end. Only the status of its head is passed on: its type follows from it.
    private func stream(_ target: String) async -> HTTPResponse {
        let statuses = AsyncChannel<HTTPResponseStatus>()
        let stream = PassedStream()
        stream.start {
            try? await HTTPSocketStream.get(
                target, socket: socket, group: group, head: { await statuses.send($0) }, part: { await stream.send($0) }
            )
            statuses.finish()
        }
        let alarm = Task {
            try await Task.sleep(for: Self.timeout)
            statuses.finish()
        }
        defer { alarm.cancel() }
        // Without a status, also when the browser has gone, because that cancels this task.
        guard let status = await statuses.first(where: { _ in true }), !Task.isCancelled else {
            stream.close()
            return notReachable
        }
        return HTTPResponse(
            status: status, contentType: status == .ok ? "application/x-ndjson" : "application/json", stream: stream)
    }

    private var notReachable: HTTPResponse {
        StatusServer.problem(.badGateway, "no relay answers at \(socket); start one with `flock-relay serve`")
    }
}
