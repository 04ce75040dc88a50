import ArgumentParser
import Domain
import Foundation
import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import Status

/// Queries the status socket of a daemon on this machine.
struct StatusClient {
    /// The paths to try, in this order.
    let sockets: [String]

    /// - Throws: exit code 1, after printing the relay's error, if the workflow is not known; else 69.
    func correlation(_ id: String) async throws -> CorrelationReport {
        let body = try await content("/correlations/\(PercentEncoding.encodeSegment(id))")
        return try StatusJSON.decoder.decode(CorrelationReport.self, from: body)
    }

    /// The body of an answer.
    ///
    /// - Throws: exit code 1, after printing the relay's error, unless the answer is 200; or 69.
    func content(_ target: String) async throws -> Data {
        let answer = try await ask(target)
        let body = Data(answer.body.readableBytesView)
        guard answer.status == .ok else {
            let problem = try? JSONDecoder().decode([String: String].self, from: body)
            throw Failure.exit(Failure.check, problem?["error"] ?? "the relay answered \(answer.status)")
        }
        return body
    }

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
        throw notReachable
    }

    /// Follows an answer without an end.
    ///
    /// - Throws: `HTTPSocketClient.Failure`: `notReachable` if no socket accepts a connection, `noAnswer` if the answer
    ///   breaks off; and what the closures throw.
    func stream(
        _ target: String, begun: (HTTPResponseStatus) throws -> Void, part: (ByteBuffer) async throws -> Void
    ) async throws {
        for place in sockets {
            do {
                return try await HTTPSocketStream.get(
                    target, socket: place, group: .singletonMultiThreadedEventLoopGroup, head: begun, part: part)
            } catch HTTPSocketClient.Failure.notReachable {
                continue
            }
        }
        throw HTTPSocketClient.Failure.notReachable(sockets.joined(separator: ", "))
    }

    /// What to tell the user when no socket accepts a connection.
    var notReachable: ExitCode {
        Failure.exit(Failure.notReachable, SocketCandidates.problem("answers", at: sockets, option: "--status-socket"))
    }
}
