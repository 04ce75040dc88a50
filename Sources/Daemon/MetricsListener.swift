internal import Domain
internal import Glibc
package import LocalHTTP
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
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

    /// Starts the server.
    func start(
        maxConnections: Int, acceptFailed: @escaping @Sendable (Int32) -> Void, group: any EventLoopGroup
    ) async throws(SettingsError) -> any Channel {
        let server = HTTPServer(maxBody: 64 << 10, maxConnections: maxConnections, acceptFailed: acceptFailed) {
            await respond(to: $0)
        }
        do {
            return try await server.start(host: address.nameToBind, port: address.port, group: group)
        } catch {
            throw Self.cannotListen(on: address, error)
        }
    }

    /// Listens for a moment. An address in use is no error here, because a running relay may be what uses it.
    static func check(_ address: TCPAddress) async throws(SettingsError) {
        do {
            try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.nameToBind, port: address.port).get().close()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
        } catch {
            throw cannotListen(on: address, error)
        }
    }

    private static func cannotListen(on address: TCPAddress, _ error: any Error) -> SettingsError {
        SettingsError(
            "metrics-listen: cannot listen on \(address) (\(error)); choose another address, or stop the program that uses it"
        )
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        if address.isLoopback {
            guard HostHeader.isLocal(request.headers.first(name: "Host"), listeningOn: address.host) else {
                return StatusServer.problem(
                    .forbidden, "the Host is not allowed, because of DNS rebinding; use localhost or \(address.host)")
            }
        } else if (try? StatusRoute(target: request.target))?.isPublic != true {
            return StatusServer.problem(
                .notFound, "only \(StatusRoute.publicPaths) are served on addresses that are not loopback")
        }
        return await status.respond(to: request)
    }
}
