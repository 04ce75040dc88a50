import ArgumentParser
import LocalHTTP
import NIOCore
import NIOPosix

/// Queries the status socket of a daemon on this machine.
struct StatusClient {
    /// The paths to try, in this order.
    let sockets: [String]

    /// - Throws: exit code 69, after printing the paths tried.
    func ask(_ target: String) async throws -> HTTPResponse {
        for place in sockets {
            do {
                return try await HTTPSocketClient.get(
                    target, socket: place, group: .singletonMultiThreadedEventLoopGroup)
            } catch HTTPSocketClient.Failure.notReachable {
                continue
            } catch {
                throw Failure.exit(Failure.notReachable, "the relay at \(place) did not answer; check its log")
            }
        }
        throw Failure.exit(
            Failure.notReachable,
            SocketCandidates.problem("answers", at: sockets, option: "--status-socket"))
    }
}
