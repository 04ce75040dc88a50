import Foundation

/// A loop around Foundation's own URLSession, without queue, signature or retries.
struct NativeSession: Contender {
    let name = "native"
    let installation: String? = nil
    let version = "URLSession of swift-corelibs-foundation"

    func start(_ scene: Scene) throws -> RunningContender {
        let arguments = ["native-sender", "--bytes", "\(scene.bytes)", "--in-flight", "\(scene.inFlight)"]
        // The only way to name an authority to Foundation's URLSession on Linux.
        let trust = scene.authority.map { ["URLSessionCertificateAuthorityInfoFile": $0] } ?? [:]
        let program = try Program(
            "/proc/\(getpid())/exe", arguments + scene.urls, in: scene.directory, environment: trust)
        return RunningContender(program: program, feed: .itself)
    }
}
