import Foundation
import TestSupport
import Testing

/// `flock-relay listen`, whose output goes to a file.
struct ListenProcess {
    private let output: String
    let process: ChildProcess

    /// Starts it on a free port, and waits until it listens.
    init(_ options: [String], in directory: String) async throws {
        let output = "\(directory)/listen.out"
        self.output = output
        process = try ChildProcess(
            Binary.path, ["listen", "--port", "0"] + options, environment: Binary.environment(home: directory),
            output: output, error: "\(directory)/listen.err")
        try await eventually("listen prints its address") { text.contains("Listening on http://127.0.0.1:") }
    }

    /// What it has printed so far.
    var text: String { String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self) }

    var address: String {
        get throws { String(try #require(text.split(separator: " ").first { $0.hasPrefix("http://") })) }
    }

    var port: Int {
        get throws { try #require(text.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) }) }
    }
}
