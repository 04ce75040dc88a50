import ArgumentParser
import Domain
import Glibc
import LocalHTTP
import NIOCore
import NIOPosix

struct Page: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the live page of a running relay to a browser on this machine.",
        discussion:
            "Serves the status socket on 127.0.0.1 until Ctrl-C. The address that it prints has a new random token"
            + " each time, and only requests with it are answered.")

    /// A browser opens at most six a tab.
    private static let maxConnections = 64

    @Option(help: "The port on 127.0.0.1; 0 lets the system choose.")
    var port = 0
    @Option(help: "The relay's status socket. [the default paths]")
    var statusSocket: PathArgument?

    func run() async throws {
        let client = StatusClient(sockets: try SocketCandidates.status.paths(given: statusSocket))
        let group = MultiThreadedEventLoopGroup.singleton
        let bridge = PageBridge(socket: try await client.reachableSocket(), group: group)
        let server = HTTPServer(maxBody: 0, maxConnections: Self.maxConnections) { await bridge.respond(to: $0) }
        let channel: any Channel
        do {
            channel = try await server.start(host: PageBridge.host, port: port, group: group)
        } catch {
            throw Failure.exit(ExitCode(64), "cannot listen on \(PageBridge.host):\(port); choose another --port")
        }
        print(
            "The live page: http://\(PageBridge.host):\(channel.localAddress?.port ?? port)\(bridge.path) — press Ctrl-C to stop."
        )
        fflush(nil)
        try await channel.closeFuture.get()
    }
}
