import Foundation

/// flock-relay as a real process.
struct Relay: Contender {
    let isEphemeral: Bool
    let binary: String
    /// Further options of `serve`.
    var options: [String] = []

    var name: String { isEphemeral ? "ephemeral" : "durable" }
    var isDurable: Bool { !isEphemeral }

    var installation: String? {
        FileManager.default.isExecutableFile(atPath: binary) ? nil : "swift build -c release --product flock-relay"
    }

    var version: String { Program.output(binary, ["--version"])?.firstLine ?? "unknown" }

    func start(_ scene: Scene) throws -> RunningContender {
        let signal = try ReadySignal("\(scene.directory)/notify.sock")
        let program = try Program(
            binary, arguments(scene), in: scene.directory, environment: ["NOTIFY_SOCKET": signal.path])
        try program.wait(for: "flock-relay is ready") { signal.hasCome(milliseconds: 5) }
        return RunningContender(
            program: program, feed: .eventSocket("\(scene.directory)/events.sock", acknowledges: true))
    }

    /// The arguments of the command line; the state is kept in the scene's directory.
    func arguments(_ scene: Scene) -> [String] {
        var arguments = [
            "serve", "--socket", "\(scene.directory)/events.sock", "--status-socket", "\(scene.directory)/status.sock",
            "--state-dir", scene.state, "--allow-network", "127.0.0.0/8",
            "--concurrency-total", "\(scene.inFlight)", "--concurrency-per-origin", "\(min(scene.inFlight, 256))",
            "--outbox-max", "64GiB",
        ]
        if isEphemeral { arguments.append("--ephemeral") }
        if let authority = scene.authority { arguments += ["--ca-file", authority] }
        return arguments + options
    }
}

extension String {
    /// Up to the first line break.
    var firstLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
