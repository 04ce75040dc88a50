import ArgumentParser
import Domain
import Foundation
import Glibc
import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import Status
import Terminal

struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow attempts live, one line for each.",
        discussion: """
            Shows every attempt that ends from now on, until Ctrl-C. While the relay restarts, waits for it. Following \
            never slows delivery: what is not read in time is left out, and a line says how much.
            """)

    @Argument(help: "Follow only this workflow.")
    var correlationId: String?
    @Option(help: "The relay's status socket. [the default paths]")
    var statusSocket: PathArgument?
    @Flag(help: "Print JSON, one object a line.")
    var json = false

    private static let reconnectInterval = Duration.seconds(1)
    /// The longest line; one of the relay has a few thousand bytes at most.
    private static let maxLine = 1 << 20

    func validate() throws {
        if correlationId == "" { throw ValidationError("CORRELATION_ID must not be empty.") }
    }

    func run() async throws {
        // The relay needs the processor more than what follows it.
        _ = nice(10)
        let client = StatusClient(sockets: try SocketCandidates.status.paths(given: statusSocket))
        do {
            try await follow(client)
        } catch is StandardOutput.Closed {
            // The reader has seen enough, as `head` does.
        }
    }

    private func follow(_ client: StatusClient) async throws {
        var isFirst = true
        while true {
            do {
                try await connect(client, isFirst: isFirst)
                Failure.write("the relay has stopped; waiting until it runs again")
                isFirst = false
            } catch HTTPSocketClient.Failure.noAnswer {
                Failure.write("the connection to the relay is broken; waiting until it runs again")
                isFirst = false
            } catch HTTPSocketClient.Failure.notReachable {
                if isFirst { throw client.notReachable }
            }
            try StandardOutput.check()
            try await Task.sleep(for: Self.reconnectInterval)
        }
    }

    /// Prints attempts until the relay ends the stream.
    private func connect(_ client: StatusClient, isFirst: Bool) async throws {
        let printer = AttemptPrinter(json: json, isColored: StandardOutput.isColored)
        var lines = LineSplitter(maxLength: Self.maxLine)
        try await client.stream(AttemptFilter(correlationID: correlationId).target) { status in
            try check(status, isFirst: isFirst)
        } part: { part in
            let text = lines.add(part.readableBytesView).map(printer.text).joined()
            if text.isEmpty { try StandardOutput.check() } else { try StandardOutput.write(text) }
        }
    }

    private func check(_ status: HTTPResponseStatus, isFirst: Bool) throws {
        switch status {
        case .ok where !isFirst: Failure.write("following the relay again; attempts in between are not shown")
        case .ok: if StandardOutput.isTerminal { Failure.write("following attempts; press Ctrl-C to stop") }
        case .notFound:
            throw Failure.exit(Failure.check, "this relay is too old to be followed; replace and restart it")
        // So answers a relay that is about to stop, and one that too many programs follow.
        case .serviceUnavailable where !isFirst: throw HTTPSocketClient.Failure.notReachable("\(status)")
        default:
            throw Failure.exit(
                Failure.check, "the relay answered \(status): too many programs follow it, or it is stopping; try again"
            )
        }
    }
}
