import ArgumentParser
import Domain
import Foundation
import Synchronization
import Transport

/// Posts through the relay's transport until it is killed.
struct TransportSender: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "transport-sender", shouldDisplay: false)

    @Option var bytes: Int
    @Option var inFlight: Int
    @Argument var urls: [String]

    func run() async throws {
        let targets = try urls.map { try WebhookURL($0) }
        let pool = try await URLSessionPool(count: 2, inFlight: inFlight, connections: 2 * inFlight, trust: nil)
        let loop = TransportSendLoop(pool: pool, targets: targets, bytes: bytes)
        try await withThrowingTaskGroup { tasks in
            for _ in 0..<inFlight { tasks.addTask { while true { try await loop.sendNext() } } }
            try await tasks.waitForAll()
        }
    }
}

/// Numbers the requests.
private final class TransportSendLoop: Sendable {
    private let pool: URLSessionPool
    private let targets: [WebhookURL]
    private let bytes: Int
    private let next = Atomic<Int>(0)

    init(pool: URLSessionPool, targets: [WebhookURL], bytes: Int) {
        self.pool = pool
        self.targets = targets
        self.bytes = bytes
    }

    func sendNext() async throws {
        let number = next.add(1, ordering: .relaxed).oldValue
        let url = targets[number % targets.count]
        guard let address = url.origin.addressLiteral else { throw Failure("\(url.text) has no address") }
        let request = OutgoingRequest(
            url: url, addresses: [address], proxy: nil, headers: [.init("Content-Type", "application/json")],
            body: EventLines.body(number, bytes: bytes), timeout: .seconds(30))
        guard case .ended(let outcome) = await pool.send(request), outcome.errorClass == nil else {
            throw Failure("a request failed")
        }
    }
}
