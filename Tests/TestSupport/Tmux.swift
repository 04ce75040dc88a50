internal import Foundation

/// A terminal of any size, in which a shell runs.
package struct Tmux: Sendable {
    private let socket: String
    private let directory: String

    /// - Parameters:
    ///   - environment: variables of the shell. `flock-relay` is in its `PATH`.
    ///   - directory: where tmux keeps its socket.
    package init(
        columns: Int = 80, rows: Int = 24, environment: [String: String] = [:], in directory: String
    ) async throws {
        self.directory = directory
        socket = "\(directory)/tmux"
        let path = URL(fileURLWithPath: Binary.path).deletingLastPathComponent().path
        let variables = ["PATH": "\(path):/usr/bin:/bin", "TZ": "UTC"].merging(environment) { $1 }
        // A daemon that tmux starts: nothing of this process may be kept open by it.
        let result = try await Binary.run(
            "tmux",
            ["-u", "-S", socket, "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)"]
                + ["env", "PS1=$ ", "sh"],
            environment: variables)
        guard result.exit == .code(0) else { throw NotInTime(description: "tmux: \(result.error)") }
        try await wait(for: "the prompt") { $0.first == "$" }
    }

    @discardableResult
    private func run(_ arguments: String...) async throws -> String {
        try await Binary.run("tmux", ["-u", "-S", socket] + arguments).output
    }

    /// Presses keys, by tmux's names: a text, `Enter`, `C-c`.
    package func press(_ keys: String...) async throws {
        for key in keys { try await run("send-keys", key) }
    }

    /// Types a command and Enter.
    package func type(_ command: String) async throws { try await press(command, "Enter") }

    package func resize(columns: Int, rows: Int) async throws {
        try await run("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// The rows of the screen, without spaces at their ends.
    ///
    /// - Parameter codes: with the codes of colours.
    package func screen(codes: Bool = false) async throws -> [String] {
        let text = codes ? try await run("capture-pane", "-p", "-e") : try await run("capture-pane", "-p")
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Waits until the screen fulfils a condition, and returns it.
    @discardableResult
    package func wait(
        for what: String, within limit: Duration = .seconds(15), _ isSo: ([String]) -> Bool
    ) async throws -> [String] {
        var last: [String] = []
        do {
            try await eventually(what, within: limit) {
                last = try await screen()
                return isSo(last)
            }
        } catch let error as NotInTime {
            throw NotInTime(description: "\(error); the screen:\n\(last.joined(separator: "\n"))")
        }
        return last
    }

    /// Ends the shell and all that runs in it.
    package func end() async { _ = try? await run("kill-server") }
}
