/// The relay's transport alone: no outbox, no signature, no schedule. Its program is ``TransportSender``.
struct TransportLoop: Contender {
    let name = "transport"
    let installation: String? = nil
    let version = "the relay's transport in a loop"
    let takesAuthority = false

    func start(_ scene: Scene) throws -> RunningContender {
        let arguments = ["transport-sender", "--bytes", "\(scene.bytes)", "--in-flight", "\(scene.inFlight)"]
        let program = try Program(Checkout.ownProgram, arguments + scene.urls, in: scene.directory)
        return RunningContender(program: program, feed: .itself)
    }
}
