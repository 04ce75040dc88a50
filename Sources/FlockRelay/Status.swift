import ArgumentParser
import Daemon
import Foundation
import LocalHTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import Status

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ask a running relay how it is.")

    @Argument(help: "Show one workflow with all its deliveries.")
    var correlationId: String?
    @Option(help: "The relay's status socket. [the usual places]")
    var statusSocket: String?
    @Flag(help: "Show it again every second.")
    var watch = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        repeat {
            let text = try await text()
            if watch && !json { print("\u{1B}[H\u{1B}[2J", terminator: "") }
            print(text)
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }

    private func text() async throws -> String {
        let target = correlationId.map { "/correlations/\(PercentEncoding.encode($0))" } ?? "/status"
        let answer = try await RelayQuestion(socket: statusSocket).ask(target)
        let body = Data(answer.body.readableBytesView)
        guard answer.status == .ok else {
            let problem = try? JSONDecoder().decode([String: String].self, from: body)
            throw Failure.exit(Failure.check, problem?["error"] ?? "the relay answered \(answer.status)")
        }
        if json { return String(decoding: body, as: UTF8.self).trimmingCharacters(in: .newlines) }
        if correlationId != nil {
            return StatusTable.text(try StatusJSON.decoder.decode(CorrelationReport.self, from: body))
        }
        return StatusTable.text(try StatusJSON.decoder.decode(StatusReport.self, from: body))
    }
}

/// Asks the status socket of a daemon that runs somewhere on this machine.
struct RelayQuestion {
    /// nil: the usual places.
    let socket: String?

    /// - Throws: exit code 69, after saying where the daemon was looked for.
    func ask(_ target: String) async throws -> HTTPResponse {
        let places = socket.map { [$0] } ?? RelayPlaces.sockets("status.sock")
        for place in places {
            do {
                return try await HTTPSocketClient.get(
                    target, socket: place, group: .singletonMultiThreadedEventLoopGroup)
            } catch HTTPSocketClient.Failure.notReachable {
                continue
            } catch {
                throw Failure.exit(Failure.notReachable, "the relay at \(place) did not answer; look at its log")
            }
        }
        throw Failure.exit(
            Failure.notReachable,
            "no relay answers at \(places.joined(separator: ", ")); start one with `flock-relay serve`, "
                + "or name its socket with --status-socket")
    }
}

/// Where a daemon's sockets may lie.
enum RelayPlaces {
    static func sockets(_ name: String) -> [String] {
        let environment = ProcessInfo.processInfo.environment
        let variable = name == "status.sock" ? SettingKey.statusSocket : SettingKey.socket
        let usual = DefaultPaths(environment: environment).candidateDirectories.map { "\($0)/\(name)" }
        return (environment[variable.environmentName].map { [$0] } ?? []) + usual
    }
}
