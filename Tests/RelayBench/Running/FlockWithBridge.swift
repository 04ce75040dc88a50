import Foundation

/// A Flock server whose bridge writes to a relay, as users run them.
struct FlockWithBridge {
    let relay: Relay

    var name: String { "\(relay.name), bridge" }

    /// Starts both.
    ///
    /// - Returns: the programs and the server's port.
    func start(_ scene: Scene) throws -> (relay: Program, server: Program, port: UInt16) {
        let relay = try relay.start(scene).program
        let arguments = ["-u", "\(Checkout.root)/Tests/flock/app.py", "--stack", "components"]
        let server = try Program(
            Checkout.flockPython, arguments + ["--bridge", "\(scene.directory)/events.sock"], in: scene.directory)
        return (relay, server, try FlockWebhooks.port(of: server))
    }
}
