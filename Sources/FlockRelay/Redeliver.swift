import ArgumentParser
import Foundation
import NIOPosix
import Settings
import Status

struct Redeliver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send failed deliveries of a workflow again, while their bodies are kept (keep-failed).")

    @Argument(help: "The workflow.")
    var correlationId: String
    @Option(
        name: .customLong("sequence"), parsing: .singleValue,
        help: "Sequence number of a delivery to send again; repeat the option for several. [all that failed]")
    var sequences: [Int] = []
    @Option(help: "The relay's event socket. [the default paths]")
    var socket: PathArgument?
    @Option(help: "The relay's status socket. [status.sock beside --socket, or the default paths]")
    var statusSocket: PathArgument?

    func validate() throws {
        if sequences.contains(where: { $0 < 1 }) { throw ValidationError("--sequence must be a number from 1") }
    }

    /// One line for each delivery, so that each rejection belongs to one of them.
    func run() async throws {
        let states = try await states()
        let wanted = sequences.isEmpty ? states.keys.sorted() : Set(sequences).sorted()
        if wanted.isEmpty { return print("No delivery in the history of this workflow has failed") }
        let rejected = try await send(wanted)
        for (index, sequence) in wanted.enumerated() {
            if let reason = rejected[index + 1] {
                Failure.write("sequence \(sequence) cannot be sent again: \(reason)")
            } else if let state = states[sequence], state != "failed" {
                print("Sequence \(sequence) is \(state) and stays so")
            } else {
                print("Sequence \(sequence) is sent again")
            }
        }
        if !rejected.isEmpty { throw Failure.check }
    }

    /// The states of the requested deliveries that are in the history, by sequence number.
    private func states() async throws -> [Int: String] {
        let client = StatusClient(sockets: try statusSockets())
        let found =
            if sequences.isEmpty {
                try await client.deliveries(of: correlationId, state: .failed)
            } else {
                try await client.deliveries(of: correlationId, Set(sequences))
            }
        return Dictionary(found.map { ($0.sequence, $0.state) }) { $1 }
    }

    private func statusSockets() throws -> [String] {
        if statusSocket == nil, let socket {
            return [DefaultPaths(environment: [:]).statusSocket(beside: socket.path)]
        }
        return try SocketCandidates.status.paths(given: statusSocket)
    }

    /// - Returns: the reasons of rejected lines, by line number.
    private func send(_ sequences: [Int]) async throws -> [Int: String] {
        let lines = try sequences.map { try Line(sequence: $0, of: correlationId).text }.joined()
        let sender = LineSender(group: .singletonMultiThreadedEventLoopGroup)
        do {
            let report = try await sender.send(
                [.init(name: "redeliver", content: .text(lines))],
                to: SocketCandidates.events.paths(given: socket))
            return Dictionary(report.rejections.map { ($0.line, $0.message) }) { $1 }
        } catch let problem as LineSender.Problem {
            throw Failure.exit(Failure.notReachable, problem.description)
        }
    }

    private struct Line: Encodable {
        enum CodingKeys: String, CodingKey {
            case type
            case correlationID = "correlation_id"
            case sequences
        }

        let type = "redeliver"
        let correlationID: String
        let sequences: [Int]

        init(sequence: Int, of correlationID: String) {
            self.correlationID = correlationID
            sequences = [sequence]
        }

        /// With its LF.
        var text: String { get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) + "\n" } }
    }
}
