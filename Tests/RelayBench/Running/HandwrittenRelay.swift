import Foundation

/// The relay that one writes in an afternoon: asyncio, aiohttp, and SQLite or nothing.
struct HandwrittenRelay: Contender {
    let isInMemory: Bool

    var name: String { isInMemory ? "handwritten-memory" : "handwritten" }
    var isDurable: Bool { !isInMemory }

    var installation: String? {
        Program.output(Checkout.python, ["-c", "import aiohttp, uvloop"]) == nil
            ? "Tests/RelayBench/contenders/python-environment.sh" : nil
    }

    var version: String {
        let print =
            "print(f'Python {platform.python_version()}, aiohttp {aiohttp.__version__}, uvloop {uvloop.__version__}')"
        return Program.output(Checkout.python, ["-c", "import aiohttp, platform, uvloop; \(print)"])?.firstLine
            ?? "unknown"
    }

    func start(_ scene: Scene) throws -> RunningContender {
        let socket = "\(scene.directory)/events.sock"
        var arguments = [
            Checkout.contender("handwritten_relay.py"), "--socket", socket, "--in-flight", "\(scene.inFlight)",
        ]
        if !isInMemory { arguments += ["--database", "\(scene.state)/outbox.db"] }
        if let authority = scene.authority { arguments += ["--ca-file", authority] }
        try FileManager.default.createDirectory(atPath: scene.state, withIntermediateDirectories: true)
        let program = try Program(Checkout.python, arguments, in: scene.directory)
        try program.wait(for: "the handwritten relay is ready") { program.output.contains("ready") }
        return RunningContender(program: program, feed: .eventSocket(socket, acknowledges: true))
    }
}
