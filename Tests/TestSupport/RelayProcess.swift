internal import Foundation
internal import Glibc

/// The real binary as a daemon, in its own temporary directory.
package final class RelayProcess: Sendable {
    /// Kept short: a Unix-domain socket's path has at most 107 bytes.
    package let directory: String
    private let process: ChildProcess

    package var eventSocket: String { directory + "/events.sock" }
    package var statusSocket: String { directory + "/status.sock" }
    package var stateDirectory: String { directory + "/state" }
    package var processID: Int32 { process.processID }

    /// Starts `flock-relay serve` without waiting.
    ///
    /// - Parameters:
    ///   - arguments: further options.
    ///   - network: the network of the tests' receivers, for `--allow-network`.
    ///   - wrapper: a command that starts the rest of its arguments as a command, e.g. `["prlimit", "--nofile=64"]`.
    ///   - directory: that of an earlier relay, to continue with its state.
    package init(
        _ arguments: [String] = [], environment: [String: String] = [:], allows network: String? = "127.0.0.0/8",
        through wrapper: [String] = [], in directory: String
    ) throws {
        self.directory = directory
        let paths = ["--socket", directory + "/events.sock", "--state-dir", directory + "/state"]
        let command = wrapper + [Binary.path, "serve"]
        process = try ChildProcess(
            command[0], command.dropFirst() + paths + (network.map { ["--allow-network", $0] } ?? []) + arguments,
            environment: Binary.environment(home: directory).merging(environment) { $1 },
            output: directory + "/relay.out", error: directory + "/relay.log")
    }

    /// Runs a relay while `body` runs, and always kills it afterwards.
    package static func run<Value>(
        _ arguments: String..., environment: [String: String] = [:], through wrapper: [String] = [],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RelayProcess) async throws -> Value
    ) async throws -> Value {
        try await TemporaryDirectory.with { directory in
            let relay = try RelayProcess(arguments, environment: environment, through: wrapper, in: directory)
            defer { relay.end() }
            try await relay.waitUntilReady()
            return try await body(relay)
        }
    }

    // MARK: Lifecycle

    /// Waits until `/readyz` says that the relay accepts and delivers events.
    package func waitUntilReady() async throws {
        var last = "no answer yet"
        do {
            try await eventually("the relay is ready") {
                if let exit = process.ended() { throw NotInTime(description: "the relay ended: \(exit)\n\(log)") }
                guard let answer = try? await ask("/readyz") else { return false }
                last = answer.text
                return answer.status == 200
            }
        } catch {
            throw NotInTime(description: "\(error); \(last); its log: \(log)")
        }
    }

    package func send(_ signal: Int32) { process.send(signal) }
    package func ended() -> ChildProcess.Exit? { process.ended() }
    package func waitForExit(within limit: Duration = .seconds(15)) async throws -> ChildProcess.Exit {
        try await process.waitForExit(within: limit)
    }

    /// Kills the relay.
    package func end() { process.end() }

    // MARK: Log and status

    package var log: String { Self.text(directory + "/relay.log") }
    package var output: String { Self.text(directory + "/relay.out") }

    /// Records of the JSON log with this message.
    package func logRecords(_ message: String) -> [JSON] {
        log.split(separator: "\n").compactMap { try? JSON(parsing: $0.utf8) }.filter { $0.message.text == message }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    package func writer(
        greets: Bool = true, grace: Bool = true, reads: Bool = true
    ) async throws -> LineClient {
        try await LineClient(socket: eventSocket, greets: greets, grace: grace, reads: reads)
    }

    /// Sends a request to the status socket.
    package func ask(_ target: String, method: String = "GET") async throws -> StatusAnswer {
        try await StatusAnswer.get(target, method: method, socket: statusSocket)
    }

    package func status() async throws -> JSON { try await ask("/status").json }

    /// The first thousand deliveries of a workflow, unless the query says otherwise.
    package func correlation(_ id: String, query: String = "limit=1000") async throws -> JSON {
        try await ask("/correlations/\(id)?\(query)").json
    }

    /// Waits until `/status` fulfils a condition.
    @discardableResult
    package func waitForStatus(
        _ what: String, within limit: Duration = .seconds(15), _ isSo: (JSON) -> Bool
    ) async throws -> JSON {
        var last = JSON.null
        do {
            try await eventually(what, within: limit) {
                last = try await status()
                return isSo(last)
            }
        } catch let error as NotInTime {
            throw NotInTime(description: "\(error); status: \(last)")
        }
        return last
    }

    /// Waits until this many deliveries are final, and returns that status.
    @discardableResult
    package func waitForDeliveries(
        delivered: Int = 0, failed: Int = 0, within limit: Duration = .seconds(15)
    ) async throws -> JSON {
        try await waitForStatus("\(delivered) delivered, \(failed) failed", within: limit) {
            $0.deliveries.delivered.count == delivered && $0.deliveries.failed.count == failed
        }
    }
}
