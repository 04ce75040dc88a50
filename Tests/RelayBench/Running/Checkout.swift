import Foundation

/// Files of this checkout that contenders need.
enum Checkout {
    /// The folder of `Package.swift`.
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// The environment with aiohttp and uvloop.
    static let python = "\(root)/.venv-bench/bin/python"
    /// The environment with flock-core.
    static let flockPython = "\(root)/.venv/bin/python"

    static func contender(_ file: String) -> String { "\(root)/Tests/RelayBench/contenders/\(file)" }

    /// This program.
    static let ownProgram = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path

    /// `FLOCK_RELAY`, else the program beside this one.
    static let relay =
        ProcessInfo.processInfo.environment["FLOCK_RELAY"]
        ?? URL(fileURLWithPath: ownProgram).deletingLastPathComponent().appendingPathComponent("flock-relay").path
}
