internal import Domain
package import LocalHTTP
internal import NIOHTTP1
package import Settings
package import Status

/// Serves the status routes over TCP: all of them on loopback, only the public ones on other addresses.
package struct MetricsListener {
    let address: TCPAddress
    let status: StatusServer

    package init(address: TCPAddress, status: StatusServer) {
        self.address = address
        self.status = status
    }

    func server(maxConnections: Int, acceptFailed: @escaping @Sendable (Int32) -> Void) -> HTTPServer {
        HTTPServer(maxBody: 64 << 10, maxConnections: maxConnections, acceptFailed: acceptFailed) {
            await respond(to: $0)
        }
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        if address.isLoopback {
            guard isKnownHost(request.headers.first(name: "Host")) else {
                return StatusServer.problem(
                    .forbidden, "the Host is not allowed, because of DNS rebinding; use localhost or \(address.host)")
            }
        } else if (try? StatusRoute(target: request.target))?.isPublic != true {
            return StatusServer.problem(
                .notFound, "only \(StatusRoute.publicPaths) are served on addresses that are not loopback")
        }
        return await status.respond(to: request)
    }

    /// Prevents DNS rebinding: a web page that rebinds its own name to loopback still sends that name as Host.
    private func isKnownHost(_ header: String?) -> Bool {
        guard let header else { return false }
        let end =
            header.hasPrefix("[") ? header.firstIndex(of: "]").map(header.index(after:)) : header.firstIndex(of: ":")
        guard let name = try? HostName.canonical(header[..<(end ?? header.endIndex)]) else { return false }
        return name == "localhost" || name == address.host
    }
}
