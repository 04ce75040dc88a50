import ArgumentParser
import Sending

/// The other side of a sender process; only the daemon starts it.
struct Sender: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Option var connectionsPerHost: Int
    @Option var processor: Int?

    func run() { SenderMain.run(connectionsPerHost: connectionsPerHost, processor: processor) }
}
