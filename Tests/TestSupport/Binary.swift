internal import Foundation

/// The built executable, and functions that run its commands.
package enum Binary {
    /// `FLOCK_RELAY` in the environment, else beside the test bundle.
    package static let path: String = {
        if let named = ProcessInfo.processInfo.environment["FLOCK_RELAY"] { return named }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("flock-relay").path
    }()

    /// Keeps only the search path and the options of sanitizers from the environment of the test run.
    package static func environment(home: String) -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            ["PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"].contains(name)
        }
        return ["PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"].merging(inherited) { $1 }
    }

    /// By how much a build may exceed the memory bounds: the thread sanitizer needs up to ten times as much.
    package static let memoryFactor = ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil ? 1.0 : 10.0

    /// The exit status and output of a command that has ended.
    package struct Result: Sendable {
        package let exit: ChildProcess.Exit
        package let output: String
        package let error: String
    }

    /// Runs one of the relay's commands to its end.
    package static func run(
        _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:],
        within limit: Duration = .seconds(30)
    ) async throws -> Result {
        try await run(path, arguments, input: input, environment: environment, within: limit)
    }

    /// Runs any program to its end, and kills it after a time limit.
    package static func run(
        _ executable: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
        within limit: Duration = .seconds(30)
    ) async throws -> Result {
        try await TemporaryDirectory.with { directory in
            let files = ["in", "out", "err"].map { "\(directory)/\($0)" }
            try Data(input).write(to: URL(fileURLWithPath: files[0]))
            let process = try ChildProcess(
                executable, arguments, environment: Self.environment(home: directory).merging(environment) { $1 },
                input: files[0], output: files[1], error: files[2])
            defer { process.end() }
            let exit = try await process.waitForExit(within: limit)
            let texts = files.map {
                String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self)
            }
            return Result(exit: exit, output: texts[1], error: texts[2])
        }
    }
}
