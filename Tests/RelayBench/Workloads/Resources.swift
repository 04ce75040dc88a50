import Foundation

/// Measures what a contender needs besides processor time: start, memory, disk.
struct Resources {
    static let workload = "start, memory and disk"

    let contender: any Contender
    /// Pending deliveries of 1 KB.
    let pending: Int
    /// Delivered artifacts whose traces on disk are measured.
    let remembered: Int
    /// How often it is started.
    let starts: Int

    func measure(into results: inout Results) throws {
        try measureEmpty(into: &results)
        try measurePending(into: &results)
        if contender.isDurable { try measureRemembered(into: &results) }
    }

    private func measureEmpty(into results: inout Results) throws {
        let sink = try Sink()
        defer { sink.stop() }
        for _ in 0..<starts {
            let scratch = try ScratchDirectory()
            let (running, milliseconds) = try start(scene(scratch, sink))
            add("start, empty, ms", milliseconds, &results)
            Clock.sleep(seconds: 2)
            add("memory, idle, MB", Double(running.program.figures.resident) / 1e6, &results)
        }
    }

    private func measurePending(into results: inout Results) throws {
        let sink = try Sink(behavior: .staysSilent)
        defer { sink.stop() }
        let scratch = try ScratchDirectory()
        let scene = scene(scratch, sink)
        let (running, _) = try start(scene)
        var loading = Loading(scene, sink)
        loading.window.deliveries = nil
        let load = try loading.socketLoad(running)
        try load.run(count: pending)
        _ = try load.finish()
        let figures = running.program.figures
        add("memory, \(pending) pending, MB", Double(figures.resident) / 1e6, &results)
        add("peak while filling, MB", Double(figures.peak) / 1e6, &results)
        guard contender.isDurable else { return }
        try running.program.stop()
        add("disk, B a pending delivery", Double(FileSize.total(scene.state)) / Double(load.next), &results)
        try measureRestart(scene, into: &results)
    }

    private func measureRestart(_ scene: Scene, into results: inout Results) throws {
        for _ in 0..<starts {
            let (running, milliseconds) = try start(scene)
            add("start, \(pending) pending, ms", milliseconds, &results)
            Clock.sleep(seconds: 2)
            add("memory after that, MB", Double(running.program.figures.resident) / 1e6, &results)
            try running.program.stop()
        }
    }

    private func measureRemembered(into results: inout Results) throws {
        let sink = try Sink()
        defer { sink.stop() }
        let scratch = try ScratchDirectory()
        let scene = scene(scratch, sink)
        let (running, _) = try start(scene)
        let load = try Loading(scene, sink).socketLoad(running)
        try load.run(count: remembered)
        while sink.delivered < load.next { Clock.sleep(seconds: 0.01) }
        Clock.sleep(seconds: 1)
        try running.program.stop()
        let used = databases(scene.state).map(FileSize.used).reduce(0, +)
        add("disk, B a remembered delivery", Double(used) / Double(load.next), &results)
        add("disk, MB of files after that", Double(FileSize.total(scene.state)) / 1e6, &results)
    }

    private func databases(_ directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let endings = ["-wal", "-shm", "lock"]
        return names.filter { name in !endings.contains { name.hasSuffix($0) } }.map { "\(directory)/\($0)" }
    }

    /// - Returns: the milliseconds from its execution until it is ready.
    private func start(_ scene: Scene) throws -> (RunningContender, Double) {
        let begun = Clock.monotonic
        let running = try contender.start(scene)
        return (running, Double(Clock.monotonic - begun) / 1e6)
    }

    private func scene(_ scratch: ScratchDirectory, _ sink: Sink) -> Scene {
        Scene(directory: scratch.path, urls: sink.urls, bytes: 1_000, authority: nil)
    }

    private func add(_ figure: String, _ value: Double, _ results: inout Results) {
        results.add(Self.workload, contender.name, figure, value)
    }
}
