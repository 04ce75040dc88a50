package import LocalHTTP
internal import NIOHTTP1
package import Status

/// The status routes on TCP: all of them on loopback, only the harmless ones elsewhere.
package struct MetricsListener {
    private static let harmless: Set = ["/metrics", "/healthz", "/readyz"]

    let address: TCPAddress
    let status: StatusServer

    package init(address: TCPAddress, status: StatusServer) {
        self.address = address
        self.status = status
    }

    var server: HTTPServer { HTTPServer(maximumBody: 64 << 10) { await respond(to: $0) } }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        if address.isLoopback {
            guard isKnownHost(request.headers.first(name: "Host")) else {
                return refusal(.forbidden, "ask for localhost or \(address.host): another Host may be a rebound name")
            }
        } else if !Self.harmless.contains(String(request.target.prefix { $0 != "?" })) {
            return refusal(.notFound, "only /metrics, /healthz and /readyz are served off loopback")
        }
        return await status.respond(to: request)
    }

    /// A web page that rebinds its own name to loopback still sends that name as Host.
    private func isKnownHost(_ header: String?) -> Bool {
        guard let name = header?.prefix(while: { $0 != ":" }) else { return false }
        return name == "localhost" || name == address.host
    }

    private func refusal(_ status: HTTPResponseStatus, _ message: String) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", text: "{\"error\":\"\(message)\"}\n")
    }
}
