/// Flock's own webhooks: a Flock server that gets publish requests, or its delivery service alone.
struct FlockWebhooks: Contender {
    /// Whether a whole server is measured.
    let isServer: Bool

    let takesAuthority = false
    var name: String { isServer ? "flock" : "flock-sender" }

    var installation: String? {
        Program.output(Checkout.flockPython, ["-c", "import importlib.metadata as m; m.version('flock-core')"]) == nil
            ? "Tests/python-environment.sh" : nil
    }

    var version: String {
        let script = "import importlib.metadata as m; print('flock-core', m.version('flock-core'))"
        return Program.output(Checkout.flockPython, ["-c", script])?.firstLine ?? "unknown"
    }

    func start(_ scene: Scene) throws -> RunningContender {
        let options = isServer ? ["--server"] : ["--bytes", "\(scene.bytes)", "--in-flight", "\(scene.inFlight)"]
        let program = try Program(
            Checkout.flockPython, ["-u", Checkout.contender("flock_webhooks.py")] + options + scene.urls,
            in: scene.directory)
        guard isServer else {
            try program.wait(for: "Flock's delivery service is ready", seconds: 180) {
                program.output.contains("ready")
            }
            return RunningContender(program: program, feed: .itself)
        }
        return RunningContender(program: program, feed: .publishing(try Self.port(of: program)))
    }

    /// Waits until uvicorn prints the port on which it listens.
    static func port(of program: Program) throws -> UInt16 {
        var port: UInt16?
        try program.wait(for: "the Flock server is ready", seconds: 180) {
            guard let found = program.output.firstMatch(of: #/Uvicorn running on http://[0-9.]+:(\d+)/#) else {
                return false
            }
            port = UInt16(found.1)
            return port != nil
        }
        return port ?? 0
    }
}
