/// A loop around Foundation's own URLSession, without queue, signature or retries. Its program is ``NativeSender``.
struct NativeSession: Contender {
    let name = "native"
    let installation: String? = nil
    /// Foundation's URLSession on Linux trusts the system's authorities only.
    let takesAuthority = false
    let version = "URLSession of swift-corelibs-foundation"

    func start(_ scene: Scene) throws -> RunningContender {
        let arguments = ["native-sender", "--bytes", "\(scene.bytes)", "--in-flight", "\(scene.inFlight)"]
        let program = try Program(
            Checkout.ownProgram, arguments + scene.urls, in: scene.directory)
        return RunningContender(program: program, feed: .itself)
    }
}
