import Foundation

/// Counts the instructions that the relay executes for an event, with valgrind's callgrind.
struct Instructions {
    enum Kind: String, CaseIterable {
        case tokens
        case unmatched
        case durable
        case ephemeral
    }

    /// The command that installs what it needs; nil if nothing is missing.
    static var installation: String? {
        ["valgrind", "strip", "clang"].allSatisfy(Program.isInstalled)
            ? nil : "deploy/install-missing.sh valgrind binutils clang"
    }

    static let workload = "instructions"
    let relay: Relay
    let kind: Kind
    /// Events of the shorter and the longer run; their difference is free of the costs of start and stop.
    let counts: (Int, Int)

    /// Where callgrind writes the profile of the last run, for `callgrind_annotate`; nil: nowhere.
    let profile: String?

    func measure(into results: inout Results) throws {
        let (short, long) = (try total(counts.0), try total(counts.1))
        let perEvent = Double(long - short) / Double(counts.1 - counts.0)
        results.add(Self.workload, label, "instructions an event", perEvent)
    }

    private var label: String {
        switch kind {
        case .tokens: "token line"
        case .unmatched: "unmatched line of 1 KB"
        case .durable, .ephemeral: "delivered artifact of 1 KB, \(kind.rawValue)"
        }
    }

    /// Instructions of a whole process that handles this many events.
    private func total(_ count: Int) throws -> Int {
        let scratch = try ScratchDirectory()
        let sink = try Sink()
        defer { sink.stop() }
        let scene = Scene(directory: scratch.path, urls: sink.urls, bytes: 1_000, authority: nil)
        let program = try start(scene)
        let socket = "\(scene.directory)/events.sock"
        let running = RunningContender(program: program, feed: .eventSocket(socket, acknowledges: true))
        var loading = Loading(scene, sink)
        loading.kind = kind == .tokens ? .token : .artifact
        loading.isRegistered = delivers
        loading.window = SocketLoad.Window(lines: 1_024, deliveries: delivers ? 512 : nil)
        let load = try loading.socketLoad(running)
        try load.run(count: count)
        try load.connection.waitForAcknowledgements(seconds: 600)
        if delivers {
            try program.wait(for: "\(count) deliveries", seconds: 600) { sink.delivered >= load.next }
        }
        try program.stop()
        return try collected(program)
    }

    private var delivers: Bool { kind == .durable || kind == .ephemeral }

    private func start(_ scene: Scene) throws -> Program {
        let signal = try ReadySignal("\(scene.directory)/notify.sock")
        // Debian's valgrind cannot read the debug information of recent compilers.
        let binary = "\(scene.directory)/flock-relay"
        guard Program.output("strip", ["--strip-debug", "-o", binary, relay.binary]) != nil else {
            throw Failure("strip cannot read \(relay.binary)")
        }
        let preloaded = "\(scene.directory)/sigsuspend.so"
        let source = "\(Checkout.root)/Tests/RelayBench/valgrind/sigsuspend.c"
        guard Program.output("clang", ["-shared", "-fPIC", "-o", preloaded, source]) != nil else {
            throw Failure("clang cannot compile \(source)")
        }
        let tool = ["--tool=callgrind", "--callgrind-out-file=\(profile ?? "/dev/null")", binary]
        let program = try Program(
            "valgrind", tool + relay.arguments(scene), in: scene.directory,
            environment: ["NOTIFY_SOCKET": signal.path, "LD_PRELOAD": preloaded])
        try program.wait(for: "flock-relay is ready", seconds: 300) { signal.hasCome(milliseconds: 5) }
        return program
    }

    private func collected(_ program: Program) throws -> Int {
        guard let found = program.output.firstMatch(of: #/Collected : (\d+)/#), let count = Int(found.1) else {
            throw Failure("valgrind reports no instructions: \(program.output.suffix(2_000))")
        }
        return count
    }
}
