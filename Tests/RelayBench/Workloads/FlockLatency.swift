import Foundation

/// Measures the time from an artifact's creation on a real Flock server to its arrival at the receiver.
struct FlockLatency {
    /// Artifacts of a workflow: the published one, and one of each agent.
    static let artifacts = 4
    let workflowsPerSecond: Double
    /// Duration of a measurement in seconds, and of the load before it.
    let seconds: Double
    let warmUp: Double

    var name: String { "Flock, \(MarkdownTable.short(workflowsPerSecond)) workflows/s of \(Self.artifacts) artifacts" }

    /// Measures the relay behind the bridge.
    func measure(_ flock: FlockWithBridge, into results: inout Results) throws {
        try withScene { scene, sink in
            let started = try flock.start(scene)
            let body = #"{"type":"Order","payload":{"sku":"x"},"webhook_url":"\#(scene.urls[0])","webhook_secret":"s"}"#
            try measure(flock.name, started.server, started.port, body, sink, into: &results)
            results.add(name, flock.name, "memory of the relay, MB", Double(started.relay.figures.peak) / 1e6)
        }
    }

    /// Measures Flock's own webhooks.
    func measure(_ flock: FlockWebhooks, into results: inout Results) throws {
        try withScene { scene, sink in
            let running = try flock.start(scene)
            guard case .publishing(let port) = running.feed else { return }
            let webhook = #""webhook":{"url":"\#(scene.urls[0])","secret":"s"}"#
            let body = #"{"type":"Order","payload":{"sku":"x"},\#(webhook)}"#
            try measure(flock.name, running.program, port, body, sink, into: &results)
        }
    }

    private func withScene(_ body: (Scene, Sink) throws -> Void) throws {
        let scratch = try ScratchDirectory()
        let sink = try Sink(readsCreation: true)
        defer { sink.stop() }
        try body(Scene(directory: scratch.path, urls: sink.urls, bytes: 1_000, authority: nil), sink)
    }

    private func measure(
        _ contender: String, _ server: Program, _ port: UInt16, _ body: String, _ sink: Sink,
        into results: inout Results
    ) throws {
        let connection = try HTTPConnection(port: port, path: "/api/v1/artifacts")
        let bytes = Array(body.utf8)
        let publish = {
            let status = try connection.post(bytes)
            guard (200...299).contains(status) else { throw Failure("the Flock server answered \(status)") }
        }
        var load = SteadyLoad(perSecond: workflowsPerSecond)
        let early = try load.run(seconds: warmUp, publish).count * Self.artifacts
        try wait(for: early, sink, server)
        let before = server.figures.cpuSeconds
        let count = try load.run(seconds: seconds, publish).count * Self.artifacts
        try wait(for: early + count, sink, server)
        results.add(latencies: Array(sink.creationDelays.dropFirst(early)), name, contender)
        let used = server.figures.cpuSeconds - before
        results.add(name, contender, "CPU of the server, µs an artifact", used / Double(count) * 1e6)
    }

    private func wait(for count: Int, _ sink: Sink, _ server: Program) throws {
        try server.wait(for: "\(count) deliveries") { sink.delivered >= count }
    }
}
