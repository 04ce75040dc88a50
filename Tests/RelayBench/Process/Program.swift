import Foundation
import Glibc
import TestSupport

/// A child process of the benchmark. It is killed when the benchmark ends, however that ends.
final class Program: Sendable {
    private let process: ChildProcess
    private let log: String

    /// Starts a program.
    ///
    /// - Parameter directory: where its output goes.
    init(_ name: String, _ arguments: [String], in directory: String, environment: [String: String] = [:]) throws {
        log = "\(directory)/\(URL(fileURLWithPath: name).lastPathComponent).log"
        // An earlier program of this name must not be taken for this one.
        try? FileManager.default.removeItem(atPath: log)
        process = try ChildProcess(
            "setpriv", ["--pdeathsig", "KILL", name] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, output: log, error: log)
    }

    deinit { process.end() }

    var processID: Int32 { process.processID }
    /// How the program ended; nil while it runs.
    var ended: String? { process.ended().map { "\($0)" } }
    var figures: ProcessFigures { ProcessFigures(tree: processID) }
    var output: String { FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Waits until something is true.
    ///
    /// - Throws: ``Failure`` with the program's output if the program ends, or after `seconds`.
    func wait(for what: String, seconds: Double = 60, until isTrue: () -> Bool) throws {
        let deadline = Clock.monotonic + Int64(seconds * 1e9)
        while !isTrue() {
            let end = process.ended()
            guard end == nil, Clock.monotonic < deadline else {
                throw Failure("\(what): \(end.map { "it ended with \($0)" } ?? "not in time"): \(output.suffix(2_000))")
            }
            Clock.sleep(seconds: 0.005)
        }
    }

    func kill() { process.end() }

    /// Sends SIGTERM and waits for the end.
    func stop() throws {
        process.send(SIGTERM)
        let deadline = Clock.monotonic + 60 * Clock.second
        while process.ended() == nil {
            guard Clock.monotonic < deadline else { throw Failure("a program does not end after SIGTERM: \(output)") }
            Clock.sleep(seconds: 0.005)
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it wrote to standard output; nil if it could not be started or failed.
    static func output(_ name: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }

    static func isInstalled(_ name: String) -> Bool {
        // Debian's users do not have /usr/sbin in their PATH.
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin"
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}
