import Foundation

/// Measures acknowledged lines a second, with a receiver that never answers, so that nothing else is measured.
struct Intake {
    enum Kind: String, CaseIterable {
        case artifacts
        case tokens
        case unmatched
    }

    let kind: Kind
    let bytes: Int
    /// Duration of a measurement in seconds, and of the load before it.
    let seconds: Double
    let warmUp: Double

    var name: String { kind == .tokens ? "intake, tokens" : "intake, \(kind.rawValue) of \(bytes) B" }

    func measure(_ contender: any Contender, into results: inout Results) throws {
        let scratch = try ScratchDirectory()
        let sink = try Sink(behavior: .staysSilent)
        defer { sink.stop() }
        let scene = Scene(directory: scratch.path, urls: sink.urls, bytes: bytes, authority: nil)
        let running = try contender.start(scene)
        var loading = Loading(scene, sink)
        loading.window = SocketLoad.Window(lines: kind == .artifacts ? 4_096 : 16_384, deliveries: nil)
        loading.kind = kind == .tokens ? .token : .artifact
        loading.isRegistered = kind == .artifacts
        let load = try loading.socketLoad(running)
        try load.run(until: Clock.monotonic + Int64(warmUp * 1e9))
        let before = Moment(running.program, load)
        try load.run(until: before.time + Int64(seconds * 1e9))
        let after = Moment(running.program, load)
        let lines = Double(after.lines - before.lines)
        results.add(name, contender.name, Figure.lines, lines / Double(after.time - before.time) * 1e9)
        results.add(name, contender.name, Figure.cpuPerLine, (after.cpu - before.cpu) / lines * 1e6)
        results.add(name, contender.name, Figure.ownCPUPerLine, (after.ownCPU - before.ownCPU) / lines * 1e6)
    }

    /// What is read at the begin and the end of a measurement.
    private struct Moment {
        let time = Clock.monotonic
        let lines: Int
        let cpu: Double
        let ownCPU = ProcessFigures.ownCPUSeconds

        init(_ program: Program, _ load: SocketLoad) {
            lines = load.connection.acknowledged
            cpu = program.figures.cpuSeconds
        }
    }
}
