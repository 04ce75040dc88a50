import ArgumentParser
import Domain
import Foundation
import Glibc
import Status
import Terminal

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show whether all is well, or what became of one workflow.",
        discussion: """
            Without CORRELATION_ID, shows whether all is well, the figures, the origins in trouble and the latest \
            failures; with it, each delivery of that workflow with each attempt. --watch refreshes the former every second.
            """)

    @Argument(help: "Show this workflow with its deliveries.")
    var correlationId: String?
    @Option(help: "The relay's status socket. [the default paths]")
    var statusSocket: PathArgument?
    @Flag(help: "Refresh every second, on the whole screen; press q to quit.")
    var watch = false
    @Flag(help: "Print JSON; with --watch, one line each second.")
    var json = false
    @Option(help: "With CORRELATION_ID: show deliveries from this sequence number on.")
    var from = 1
    @Option(help: "With CORRELATION_ID: show at most this many deliveries, 1 to 1000.")
    var limit = 100
    @Option(help: "With CORRELATION_ID: show only deliveries that are pending, delivered or failed.")
    var state: DeliveriesQuery.State?

    func validate() throws {
        if from < 1 { throw ValidationError("--from must be a number, 1 or more.") }
        if !(1...DeliveriesQuery.maxLimit).contains(limit) {
            throw ValidationError("--limit must be a number from 1 to \(DeliveriesQuery.maxLimit).")
        }
        if correlationId == "" { throw ValidationError("CORRELATION_ID must not be empty.") }
        if watch, !json {
            if correlationId != nil {
                throw ValidationError("--watch shows all workflows; follow one with `flock-relay tail CORRELATION_ID`.")
            }
            if !StandardOutput.isTerminal {
                throw ValidationError(
                    "--watch needs a terminal; use --watch --json for programs, or status without --watch.")
            }
        }
    }

    func run() async throws {
        let client = StatusClient(sockets: try SocketCandidates.status.paths(given: statusSocket))
        do {
            if watch, !json { return try await StatusWatch(client: client).run() }
            repeat {
                try StandardOutput.write(try await text(client))
                if watch { try await Task.sleep(for: .seconds(1)) }
            } while watch
        } catch is StandardOutput.Closed {
            // The reader of the output has ended, as `head` does.
        }
    }

    private func text(_ client: StatusClient) async throws -> String {
        if json { return try await jsonText(client) }
        let lines =
            if let correlationId {
                try await timeline(client, correlationId)
            } else {
                StatusText().lines(try await client.status(), readiness: try await client.readiness())
            }
        let isColored = StandardOutput.isColored
        return lines.map { $0.text(colored: isColored) + "\n" }.joined()
    }

    private func jsonText(_ client: StatusClient) async throws -> String {
        let target = correlationId.map { StatusClient.target($0, query) } ?? "/status"
        let body = String(decoding: try await client.content(target), as: UTF8.self)
        return ControlCharacters.escaped(body.trimmingCharacters(in: .newlines)) + "\n"
    }

    private var query: String {
        "from=\(from)&limit=\(limit)" + (state.map { "&state=\($0.rawValue)" } ?? "")
    }

    private func timeline(_ client: StatusClient, _ id: String) async throws -> [TerminalLine] {
        let report = try await client.correlation(id, query: query)
        let text = TimelineText()
        return text.head(report) + text.deliveries(report, showsGaps: state == nil) + hints(report)
    }

    /// The options that show further deliveries.
    private func hints(_ report: CorrelationReport) -> [TerminalLine] {
        var hints: [String] = []
        if let next = report.nextSequence {
            hints.append(
                "--from \(next)" + (state.map { " --state \($0.rawValue)" } ?? "") + " for the deliveries that follow")
            if state == nil {
                if report.failed > 0 { hints.append("--state failed for those that failed") }
                if report.pending > 0 { hints.append("--state pending for those that are pending") }
            }
        }
        return hints.isEmpty
            ? [] : [TerminalLine(), TerminalLine("Add " + hints.joined(separator: ", "), .faint)]
    }
}

extension DeliveriesQuery.State: ExpressibleByArgument {}
