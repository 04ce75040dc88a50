import ArgumentParser
import Domain
import Foundation
import Status

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the status of a running relay.")

    @Argument(help: "Show this workflow with all its deliveries.")
    var correlationId: String?
    @Option(help: "The relay's status socket. [the default paths]")
    var statusSocket: PathArgument?
    @Flag(help: "Refresh every second.")
    var watch = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let client = StatusClient(sockets: try SocketCandidates.status.paths(given: statusSocket))
        repeat {
            let text = try await text(client)
            if watch && !json { print("\u{1B}[H\u{1B}[2J", terminator: "") }
            print(text)
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }

    private func text(_ client: StatusClient) async throws -> String {
        let target = correlationId.map { "/correlations/\(PercentEncoding.encodeSegment($0))" } ?? "/status"
        let body = try await client.content(target)
        if json {
            return ControlCharacters.escaped(String(decoding: body, as: UTF8.self).trimmingCharacters(in: .newlines))
        }
        if correlationId != nil {
            return StatusTable.text(try StatusJSON.decoder.decode(CorrelationReport.self, from: body))
        }
        return StatusTable.text(try StatusJSON.decoder.decode(StatusReport.self, from: body))
    }
}
