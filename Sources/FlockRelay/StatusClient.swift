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

    /// A page of a workflow's deliveries.
    ///
    /// - Parameter query: as in `/correlations/{id}`, without the `?`.
    /// - Throws: exit code 1, after printing the relay's error, if the workflow is not known; else 69.
    func correlation(_ id: String, query: String = "") async throws -> CorrelationReport {
        try await report(Self.target(id, query))
    }

    /// The path and query of a workflow.
    static func target(_ id: String, _ query: String = "") -> String {
        "/correlations/\(PercentEncoding.encodeSegment(id))\(query.isEmpty ? "" : "?" + query)"
    }

    func status() async throws -> StatusReport { try await report("/status") }

    /// The answer of `/readyz`, whether the relay is ready or not.
    func readiness() async throws -> Readiness {
        try decode(Data(try await ask("/readyz").body.readableBytesView))
    }

    private func report<Report: Decodable>(_ target: String) async throws -> Report {
        try decode(try await content(target))
    }

    private func decode<Report: Decodable>(_ body: Data) throws -> Report {
        do {
            return try StatusJSON.decoder.decode(Report.self, from: body)
        } catch {
            throw Failure.exit(
                Failure.check, "the relay and this command have different versions; restart the relay, or use --json")
        }
    }

    /// All deliveries of a workflow in this state.
    func deliveries(
        of id: String, state: DeliveriesQuery.State
    ) async throws -> [CorrelationReport.Delivery] {
        var found: [CorrelationReport.Delivery] = []
        var next: Int? = 1
        while let from = next {
            let page = try await correlation(
                id, query: "state=\(state.rawValue)&from=\(from)&limit=\(DeliveriesQuery.maxLimit)")
            found += page.deliveries ?? []
            next = page.nextSequence
        }
        return found
    }

    /// Those of the deliveries with these sequence numbers that are in the history.
    func deliveries(of id: String, _ sequences: Set<Int>) async throws -> [CorrelationReport.Delivery] {
        var found: [CorrelationReport.Delivery] = []
        for sequence in sequences.sorted() {
            let page = try await correlation(id, query: "from=\(sequence)&limit=1")
            found += (page.deliveries ?? []).filter { $0.sequence == sequence }
        }
        return found
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

    /// The first path at which a relay answers.
    ///
    /// - Throws: exit code 69, after printing the paths tried.
    func reachableSocket() async throws -> String {
        for place in sockets {
            let answer = try? await HTTPSocketClient.get(
                "/healthz", socket: place, group: .singletonMultiThreadedEventLoopGroup)
            if answer != nil { return place }
        }
        throw notReachable
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
