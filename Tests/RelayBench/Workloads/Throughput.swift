import Foundation

/// Measures deliveries a second, from event socket to 2xx, in the middle of a steady full load.
struct Throughput {
    /// A way to be received.
    enum Target {
        case sink(origins: Int)
        case https
    }

    let name: String
    let target: Target
    /// The approximate length of an event line.
    let bytes: Int
    /// Duration of a measurement in seconds, and of the load before it.
    let seconds: Double
    let warmUp: Double

    /// Measures one contender once.
    func measure(_ contender: any Contender, into results: inout Results) throws {
        let scratch = try ScratchDirectory()
        let receiver = try receiver(scratch.path)
        defer { receiver.stop() }
        let scene = Scene(
            directory: scratch.path, urls: receiver.urls, bytes: bytes, authority: receiver.authority)
        let running = try contender.start(scene)
        let load = try Loading(scene, receiver).load(running)
        do {
            try measure(contender.name, running.program, load, receiver, into: &results)
        } catch {
            guard running.program.ended != nil else { throw error }
            results.remark("\(name): \(contender.name) crashed: \(running.program.output.suffix(200))")
        }
    }

    private func receiver(_ directory: String) throws -> any Receiver {
        switch target {
        case .sink(let origins): try Sink(origins: origins)
        case .https: try NginxReceiver(directory)
        }
    }

    private func measure(
        _ contender: String, _ program: Program, _ load: any Load, _ receiver: any Receiver, into results: inout Results
    ) throws {
        try load.run(until: Clock.monotonic + Int64(warmUp * 1e9))
        let before = Moment(program, receiver)
        try load.run(until: before.time + Int64(seconds * 1e9))
        let after = Moment(program, receiver)
        if let end = program.ended { throw Failure("\(contender) ended with \(end)") }
        let count = Double(after.delivered - before.delivered)
        guard count > 0 else { throw Failure("\(contender) delivers nothing: \(program.output.suffix(2_000))") }
        results.add(name, contender, Figure.rate, count / Double(after.time - before.time) * 1e9)
        results.add(name, contender, Figure.cpu, (after.figures.cpuSeconds - before.figures.cpuSeconds) / count * 1e6)
        results.add(name, contender, Figure.ownCPU, (after.ownCPU - before.ownCPU) / count * 1e6)
        results.add(name, contender, Figure.others, after.others.share(since: before.others) * 100)
        results.add(name, contender, Figure.peak, Double(after.figures.peak) / 1e6)
        try checkLosses(contender, load, receiver, into: &results)
    }

    private func checkLosses(
        _ contender: String, _ load: any Load, _ receiver: any Receiver, into results: inout Results
    ) throws {
        guard let expected = try load.finish() else { return }
        let deadline = Clock.monotonic + 60 * Clock.second
        while receiver.delivered < expected && Clock.monotonic < deadline { Clock.sleep(seconds: 0.01) }
        if receiver.delivered != expected || receiver.duplicates > 0 {
            let found = "\(receiver.delivered) of \(expected) delivered, \(receiver.duplicates) more than once"
            results.remark("\(name): \(contender): \(found)")
        }
    }

    /// What is read at the begin and the end of a measurement.
    private struct Moment {
        let time = Clock.monotonic
        let delivered: Int
        let figures: ProcessFigures
        let ownCPU = ProcessFigures.ownCPUSeconds
        let others = OtherPrograms()

        init(_ program: Program, _ receiver: any Receiver) {
            delivered = receiver.delivered
            figures = program.figures
        }
    }
}
