/// A program that is measured.
protocol Contender: Sendable {
    /// As it is written on the command line and in tables.
    var name: String { get }
    /// The command that installs what this contender needs and does not find; nil if nothing is missing.
    var installation: String? { get }
    /// What is measured, with versions.
    var version: String { get }

    /// Whether it stores what is pending.
    var isDurable: Bool { get }
    /// Whether an authority of ours can be trusted, so that it can deliver over https.
    var takesAuthority: Bool { get }

    /// Starts the program and waits until it accepts load.
    func start(_ scene: Scene) throws -> RunningContender
}

extension Contender {
    var isDurable: Bool { false }
    var takesAuthority: Bool { true }
}

/// What a contender is started with.
struct Scene {
    let directory: String
    /// Where deliveries go; each is another origin.
    let urls: [String]
    /// The approximate length of an event line.
    let bytes: Int
    /// PEM file of the authority that has signed the receiver's certificate; nil for http.
    let authority: String?
    /// Attempts in flight.
    var inFlight = 64

    /// The folder of what a contender stores.
    var state: String { "\(directory)/state" }
}

/// A started contender.
struct RunningContender {
    /// How it is loaded.
    enum Feed {
        case eventSocket(String, acknowledges: Bool)
        /// Publish requests of a Flock server on this port.
        case publishing(UInt16)
        /// It makes requests by itself.
        case itself
    }

    let program: Program
    let feed: Feed
}
