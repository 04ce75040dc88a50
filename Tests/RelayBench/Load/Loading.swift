/// Makes the load for a running contender.
struct Loading {
    let scene: Scene
    let receiver: any Receiver
    var window: SocketLoad.Window
    /// Workflows that are registered, and have artifacts; at least 16, so that no contender can treat all artifacts as one.
    var workflows: Int
    /// How many of them have artifacts; nil: all.
    var active: Int?
    /// Whether the workflows are registered.
    var isRegistered = true
    var kind = EventLines.Kind.artifact
    /// Of the correlation ids.
    var prefix = "workflow-"

    init(_ scene: Scene, _ receiver: any Receiver) {
        self.scene = scene
        self.receiver = receiver
        workflows = max(scene.urls.count, 16)
        // Windows have at most this many bytes, so that bodies of 1 MB do not measure memory.
        let limit = max((128 << 20) / scene.bytes, 2 * scene.inFlight)
        window = SocketLoad.Window(lines: min(4_096, limit), deliveries: min(8_192, limit))
    }

    func load(_ running: RunningContender) throws -> any Load {
        switch running.feed {
        case .itself: OwnLoad()
        case .eventSocket(let path, let acknowledges): try socketLoad(path, acknowledges: acknowledges)
        case .publishing(let port):
            try PublishLoad(
                port: port, url: scene.urls[0], bytes: scene.bytes, window: window.deliveries ?? 8_192,
                delivered: { [receiver] in receiver.delivered })
        }
    }

    /// The load of a contender with an event socket.
    func socketLoad(_ running: RunningContender) throws -> SocketLoad {
        guard case .eventSocket(let path, let acknowledges) = running.feed else {
            throw Failure("this contender has no event socket")
        }
        return try socketLoad(path, acknowledges: acknowledges)
    }

    private func socketLoad(_ path: String, acknowledges: Bool) throws -> SocketLoad {
        let connection = try acknowledges ? EventConnection(path) : EventConnection(path, hello: nil)
        let workflows = EventLines.Workflows(registered: workflows, active: active ?? workflows)
        let lines = EventLines(kind, bytes: scene.bytes, workflows: workflows, prefix: prefix)
        if acknowledges && isRegistered { try register(lines, on: connection) }
        return SocketLoad(
            connection, lines, window: window, acknowledges: acknowledges,
            delivered: { [receiver] in receiver.delivered })
    }

    private func register(_ lines: EventLines, on connection: EventConnection) throws {
        let batch = 256
        for first in stride(from: 0, to: workflows, by: batch) {
            var bytes: [UInt8] = []
            let last = min(first + batch, workflows)
            for workflow in first..<last {
                lines.appendRegistration(workflow, scene.urls[workflow % scene.urls.count], to: &bytes)
            }
            while connection.unacknowledged > 4_096 { try connection.readReplies(milliseconds: 1_000) }
            try connection.write(bytes, lines: last - first)
        }
        try connection.waitForAcknowledgements(seconds: 600)
    }
}
