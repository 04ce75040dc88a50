import Foundation

/// Measures the time from just before an event line is written until its request has arrived, at a steady rate.
struct Latency {
    let name: String
    let bytes: Int
    /// Duration of a measurement in seconds, and of the load before it.
    let seconds: Double
    let warmUp: Double

    /// Measures one contender once, at this number of artifacts a second.
    func measure(_ contender: any Contender, perSecond: Double, into results: inout Results) throws {
        let scratch = try ScratchDirectory()
        let sink = try Sink()
        defer { sink.stop() }
        let scene = Scene(directory: scratch.path, urls: sink.urls, bytes: bytes, authority: nil)
        let running = try contender.start(scene)
        let load = try Loading(scene, sink).socketLoad(running)
        var steady = SteadyLoad(perSecond: perSecond)
        _ = try steady.run(seconds: warmUp) { try load.send() }
        let first = load.next
        let before = running.program.figures.cpuSeconds
        let sent = try steady.run(seconds: seconds) { try load.send() }
        try record(contender.name, sent, from: first, sink, into: &results)
        let used = running.program.figures.cpuSeconds - before
        results.add(name, contender.name, Figure.pace, Double(sent.count) / seconds)
        results.add(name, contender.name, Figure.cpu, used / Double(sent.count) * 1e6)
    }

    /// Measures a request of the same size on a kept connection, with nothing in between but the disk: `synced`
    /// appends the body to a file and syncs that first, which is the least that a durable relay must do.
    func measurePost(synced: Bool, perSecond: Double, into results: inout Results) throws {
        let log = synced ? try AppendedFile() : nil
        let sink = try Sink()
        defer { sink.stop() }
        let connection = try HTTPConnection(port: sink.ports[0], path: "/hook")
        var steady = SteadyLoad(perSecond: perSecond)
        var number = 0
        let send = {
            let body = EventLines.body(number, bytes: bytes)
            try log?.append(body)
            try connection.post(body)
            number += 1
        }
        _ = try steady.run(seconds: warmUp, send)
        let first = number
        let sent = try steady.run(seconds: seconds, send)
        let row = Self.post(synced: synced)
        try record(row, sent, from: first, sink, into: &results)
        results.add(name, row, Figure.pace, Double(sent.count) / seconds)
    }

    /// The name of the row.
    static func post(synced: Bool) -> String { synced ? "synced POST" : "bare POST" }

    /// Waits until all have arrived, and records the latencies.
    private func record(
        _ contender: String, _ sent: [Int64], from first: Int, _ sink: Sink, into results: inout Results
    ) throws {
        let deadline = Clock.monotonic + 30 * Clock.second
        while sink.delivered < first + sent.count {
            guard Clock.monotonic < deadline else {
                throw Failure("\(contender): \(sink.delivered) of \(first + sent.count) artifacts arrived")
            }
            Clock.sleep(seconds: 0.005)
        }
        let latencies = sent.enumerated().compactMap { place, moment in
            sink.arrivals.moment(first + place).map { Double($0 - moment) / 1e6 }
        }
        results.add(latencies: latencies, name, contender)
    }
}
