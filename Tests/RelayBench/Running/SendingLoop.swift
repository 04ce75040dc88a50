/// A loop that posts until it is killed, without queue, signature or retries: a hidden command of this program.
struct SendingLoop: Contender {
    /// The command is this and `-sender`.
    let name: String
    let version: String
    let installation: String? = nil
    /// Foundation's URLSession on Linux trusts the system's authorities only, and the transport is given no other.
    let takesAuthority = false

    /// Foundation's own URLSession. Its program is ``NativeSender``.
    static let native = SendingLoop(name: "native", version: "URLSession of swift-corelibs-foundation")
    /// The relay's transport alone. Its program is ``TransportSender``.
    static let transport = SendingLoop(name: "transport", version: "the relay's transport in a loop")

    func start(_ scene: Scene) throws -> RunningContender {
        let arguments = ["\(name)-sender", "--bytes", "\(scene.bytes)", "--in-flight", "\(scene.inFlight)"]
        let program = try Program(Checkout.ownProgram, arguments + scene.urls, in: scene.directory)
        return RunningContender(program: program, feed: .itself)
    }
}
