import Foundation
import TestSupport
import Testing

/// The `sqlite3` command: an independent view of the file.
enum SQLiteTool {
    struct Answer {
        let code: ChildProcess.Exit
        let output: String
        let error: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Runs statements on a file, and stops at the first that fails. Foreign keys are enforced.
    static func run(_ path: String, _ statements: String) async throws -> Answer {
        try await TemporaryDirectory.with { directory in
            let (output, error) = (directory + "/output", directory + "/error")
            let process = try ChildProcess(
                "sqlite3", ["-bail", path, "PRAGMA foreign_keys = ON; " + statements], environment: [:],
                output: output, error: error)
            let code = try await process.waitForExit()
            return Answer(
                code: code, output: try String(contentsOfFile: output, encoding: .utf8),
                error: try String(contentsOfFile: error, encoding: .utf8))
        }
    }

    /// The rows of a query, on a file that must be undamaged.
    static func rows(_ path: String, _ query: String) async throws -> [String] {
        let answer = try await run(path, query)
        #expect(answer.code == .code(0), "\(answer.error)")
        return answer.lines
    }
}
