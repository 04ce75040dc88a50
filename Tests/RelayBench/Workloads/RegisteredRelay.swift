/// A running relay with a number of registered workflows.
final class RegisteredRelay {
    let name: String
    private let scratch: ScratchDirectory
    private let sink: Sink
    private let running: RunningContender
    private let load: SocketLoad
    /// Artifacts of workflows that are not registered.
    private let unmatched: SocketLoad

    /// - Parameter active: workflows that have artifacts.
    init(_ contender: any Contender, registrations: Int, active: Int) throws {
        name = "\(registrations)\(Figure.registrations)"
        scratch = try ScratchDirectory()
        sink = try Sink()
        let scene = Scene(directory: scratch.path, urls: sink.urls, bytes: 1_000, authority: nil)
        running = try contender.start(scene)
        var loading = Loading(scene, sink)
        loading.workflows = registrations
        loading.active = active
        load = try loading.socketLoad(running)
        loading.isRegistered = false
        loading.window.deliveries = nil
        loading.prefix = "unknown-"
        unmatched = try loading.socketLoad(running)
    }

    deinit { sink.stop() }

    /// Measures the processor time of this many delivered artifacts, and of 16 times as many unmatched ones.
    func measure(count: Int, as contender: String, into results: inout Results) throws {
        let delivered = try cost {
            try load.run(count: load.next + count)
            _ = try load.finish()
            while sink.delivered < load.next { Clock.sleep(seconds: 0.001) }
            return count
        }
        results.add("\(contender), delivered artifacts", name, Figure.cpu, delivered)
        let rejected = try cost {
            try unmatched.run(count: unmatched.next + 16 * count)
            _ = try unmatched.finish()
            return 16 * count
        }
        results.add("\(contender), unmatched artifacts", name, Figure.cpuPerLine, rejected)
    }

    /// Microseconds of processor time for each of the events of `body`.
    private func cost(_ body: () throws -> Int) rethrows -> Double {
        let before = running.program.figures.cpuSeconds
        let count = try body()
        return (running.program.figures.cpuSeconds - before) / Double(count) * 1e6
    }
}
