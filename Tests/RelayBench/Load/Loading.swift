/// Makes the load for a running contender.
struct Loading {
    let scene: Scene
    let receiver: any Receiver
    var window: SocketLoad.Window

    init(_ scene: Scene, _ receiver: any Receiver) {
        self.scene = scene
        self.receiver = receiver
        // Windows have at most this many bytes, so that bodies of 1 MB do not measure memory.
        let limit = max((128 << 20) / scene.bytes, 2 * scene.inFlight)
        window = SocketLoad.Window(lines: min(4_096, limit), deliveries: min(8_192, limit))
    }

    /// At least 16, so that no contender can treat all artifacts as one workflow.
    var workflows: [String] { (0..<max(scene.urls.count, 16)).map { "workflow-\($0)" } }

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

    /// Connects and registers the workflows.
    func socketLoad(_ path: String, acknowledges: Bool) throws -> SocketLoad {
        let connection = try acknowledges ? EventConnection(path) : EventConnection(path, hello: nil)
        if acknowledges {
            for (place, workflow) in workflows.enumerated() {
                let url = scene.urls[place % scene.urls.count]
                try connection.write(EventLines.registration(workflow, url), lines: 1)
            }
            try connection.waitForAcknowledgements()
        }
        return SocketLoad(
            connection, EventLines(bytes: scene.bytes, workflows: workflows), window: window,
            acknowledges: acknowledges,
            delivered: { [receiver] in receiver.delivered })
    }
}
