import Addresses
import Domain
import Ingest
import Intake
import Logging
import NIOCore
import NIOEmbedded
import Outbox
import OutboxMemory
import Routing
import Synchronization
import TestSupport

/// Intake with an outbox that fails when a test says so, on a clock that the test moves.
final class IntakeStage: Sendable {
    /// An outbox in memory, whose acceptance fails while it is told so.
    final class Store: AcceptanceStore {
        struct Failure: Error {}

        let memory = MemoryOutbox()
        private let isFailing = Mutex(false)

        func fail() { isFailing.withLock { $0 = true } }
        func work() { isFailing.withLock { $0 = false } }

        func accept<Value: Sendable>(
            _ query: IntakeQuery, deciding decide: @escaping @Sendable (Knowledge) throws -> (Acceptance, Value)
        ) async throws -> Value {
            try await verifyWritable()
            return try memory.accept(query, deciding: decide)
        }

        func dueCompletions(limit: Int) -> [CorrelationID] { memory.dueCompletions(limit: limit) }

        func verifyWritable() async throws { if isFailing.withLock({ $0 }) { throw Failure() } }
    }

    private final class Deliveries: DeliveryQueue {
        let added = Mutex<[Delivery]>([])

        func add(_ deliveries: [Delivery]) { added.withLock { $0 += deliveries } }
        func redeliver(_ tickets: [Ticket]) {}
    }

    private final class Observer: IntakeObserver {
        let total = Mutex(IntakeCounts())

        func counted(_ counts: IntakeCounts) {
            total.withLock { total in
                total.unmatched += counts.unmatched
                total.droppedLines += counts.droppedLines
            }
        }

        func rejected(_ rejection: Rejection, line: Int, connection: Int) {}
        func failedOnAcceptance(_ delivery: Delivery, _ reason: ErrorClass) {}
    }

    /// A connection, and what the relay writes to it.
    struct Connection {
        let writer: Writer
        let channel: NIOAsyncTestingChannel

        /// The replies since the last call.
        func replies() async throws -> [String] {
            var replies: [String] = []
            while let reply = try await channel.readOutbound(as: ByteBuffer.self) {
                replies.append(String(buffer: reply))
            }
            return replies
        }
    }

    let time = ManualTime()
    let store = Store()
    private let health = IntakeHealth(
        time: ManualTime(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    private let deliveries = Deliveries()
    private let observer = Observer()
    private let intake: EventIntake
    private let lastConnection = Mutex(0)

    init(maxOutboxBytes: Int = 1 << 30) {
        let routing = RoutingPolicy(
            defaultSecrets: [], defaultOrdering: .parallel, defaultFormat: .flat, defaultMaxRetries: 3,
            visibility: .all, registrationTTL: .seconds(86_400), grace: .seconds(2))
        intake = EventIntake(
            rules: IntakeRules(
                routing: routing, addressGuard: AddressGuard(allowed: []), maxOutboxBytes: maxOutboxBytes),
            store: store, deliveries: deliveries, observer: observer, health: health, time: time)
    }

    var isAccepting: Bool { health.problem == nil }
    var counts: IntakeCounts { observer.total.withLock { $0 } }
    var delivered: [String] { deliveries.added.withLock { $0.map(\.artifactID.rawValue) } }

    /// - Parameter acknowledgements: whether its writer reads them.
    func connect(acknowledgements: Bool) async throws -> Connection {
        let channel = NIOAsyncTestingChannel()
        try await channel.connect(to: SocketAddress(unixDomainSocketPath: "events.sock"))
        let number = lastConnection.withLock { last in
            last += 1
            return last
        }
        let writer = Writer(connection: number, channel: channel)
        writer.apply(Hello(acknowledgements: acknowledgements, grace: true))
        return Connection(writer: writer, channel: channel)
    }

    /// Returns when the connection may be read further.
    func receive(_ lines: [String], from first: Int = 1, on connection: Connection) async throws {
        let decoded = try lines.enumerated().map { index, line in
            let bytes = Array(line.utf8)
            return DecodedLine(
                number: first + index, event: try EventDecoder().decode(bytes), length: bytes.count)
        }
        await intake.receive(decoded, from: connection.writer)
    }

    func stop() async { await intake.stop() }

    /// Moves the clock in steps of the delay between two commits that fail.
    func advance(retries: Int) async throws {
        for _ in 0..<retries {
            try await time.advance(by: .milliseconds(100), whenSleeping: 1)
            try await eventually("the next commit has failed") { time.sleeps.first == .milliseconds(100) }
        }
    }
}
