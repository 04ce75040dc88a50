import Scheduling
import Addresses
import Dispatching
import Domain
import Logging
import Outbox
import Synchronization
import TestSupport
import Testing

/// What the dispatcher does while its store is in trouble.
@Suite struct DispatcherTests {
    /// Holds deliveries, of which some cannot be read, and takes no records while it is told so.
    private final class Store: DeliveryStore {
        private struct State {
            var deliveries: [Delivery] = []
            var unreadable: Set<DeliveryID> = []
            var takesRecords = true
            /// At once; for more there is no room.
            var maxRecords = Int.max
            var records: [AttemptRecord] = []
        }

        struct Trouble: Error {}

        private let state = Mutex(State())

        init(_ deliveries: [Delivery], unreadable: Set<DeliveryID> = [], takesRecords: Bool = true) {
            state.withLock {
                $0.deliveries = deliveries
                $0.unreadable = unreadable
                $0.takesRecords = takesRecords
            }
        }

        var records: [AttemptRecord] { state.withLock { $0.records } }

        /// - Parameter maxRecords: taken at once from now on.
        func mend(maxRecords: Int = .max) {
            state.withLock {
                $0.unreadable = []
                $0.takesRecords = true
                $0.maxRecords = maxRecords
            }
        }

        func load(_ ids: [DeliveryID]) async throws -> [Delivery] {
            try state.withLock { state throws(Trouble) in
                guard state.unreadable.isDisjoint(with: ids) else { throw Trouble() }
                return state.deliveries.filter { ids.contains($0.id) }
            }
        }

        func record(_ records: [AttemptRecord]) async throws {
            try state.withLock { state throws(Trouble) in
                guard state.takesRecords, records.count <= state.maxRecords else { throw Trouble() }
                state.records += records
            }
        }

        func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID] {
            try state.withLock { state throws(Trouble) in
                guard state.unreadable.isDisjoint(with: ids) else { throw Trouble() }
                return [:]
            }
        }

        func pendingOrigins() async throws -> [Origin] {
            state.withLock { Array(Set($0.deliveries.map(\.registration.url.origin))) }
        }

        func latestOutcomes(ofLast count: Int) async throws -> [OriginOutcome] { [] }

        func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket] {
            state.withLock { state in
                state.deliveries.filter { $0.id > id && $0.registration.url.origin == origin }.prefix(limit)
                    .map { PendingTicket(ticket: $0.ticket, nextAttemptAt: nil) }
            }
        }
    }

    private struct NoObserver: AttemptObserver {
        func attemptEnded(_ record: AttemptRecord) {}
        func attemptNotBegun(_ shortage: Shortage) {}
    }

    /// Takes requests only if a test expects any.
    private struct NoSender: RequestSender {
        func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
            Issue.record("a request was sent to \(request.url.origin)")
            ended(.ended(.failed(.protocolError)))
        }
    }

    /// The name of every receiver has no address, which ends an attempt before anything is sent.
    private func dispatcher(_ store: Store) -> Dispatcher {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let time = SystemTime()
        return Dispatcher(
            limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8),
            policy: DeliveryPolicy(
                retry: RetryPolicy(
                    maxRetries: 0, baseDelay: .zero, multiplier: 1, maxDelay: .zero, jitter: 0, finalStatuses: []),
                addressGuard: AddressGuard(allowed: []), timeout: .seconds(5)),
            store: store, sender: NoSender(), resolver: NameResolver(time: time) { _, ended in ended(.notFound) },
            observer: NoObserver(), time: time, logger: logger)
    }

    /// Each of a workflow and to an origin of its own.
    private func deliveries(
        _ ids: ClosedRange<Int64>, _ ordering: DeliveryOrder = .parallel, body: String = "{}"
    ) throws -> [Delivery] {
        try ids.map {
            let registration = try Sample.registration(
                "w\($0)", url: "https://o\($0).example/", ordering: ordering, maxRetries: 0)
            return try Sample.delivery($0, of: "w\($0)", registration: registration, body: body)
        }
    }

    private func run(
        _ dispatcher: Dispatcher, _ body: () async throws -> Void
    ) async throws {
        try await dispatcher.recover()
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        try await body()
        dispatcher.drain()
        await running.value
    }

    @Test(
        "A delivery that cannot be read delays no other, and goes when it can be read",
        arguments: [DeliveryOrder.parallel, .ordered])
    func unreadableDelivery(_ ordering: DeliveryOrder) async throws {
        let store = Store(try deliveries(1...5, ordering), unreadable: [DeliveryID(3)])
        let dispatcher = dispatcher(store)
        try await run(dispatcher) {
            try await eventually("the others are attempted") { store.records.count == 4 }
            #expect(!store.records.contains { $0.delivery.id == DeliveryID(3) })
            store.mend()
            try await eventually("it is attempted, too") { store.records.count == 5 }
        }
        #expect(store.records.last?.delivery.id == DeliveryID(3))
        #expect(store.records.last?.attempt.number == 1, "not being read is no attempt")
    }

    @Test("Attempts that the store does not take are kept without their bodies")
    func recordsAreKeptWithoutBodies() async throws {
        let store = Store(try deliveries(1...5, body: "{\"large\":true}"), takesRecords: false)
        let dispatcher = dispatcher(store)
        try await run(dispatcher) {
            try await eventually("all are kept") { dispatcher.unrecordedCount == 5 }
            store.mend()
            try await eventually("all are recorded") { store.records.count == 5 }
        }
        #expect(Set(store.records.map(\.delivery.id.rawValue)) == Set(1...5))
        #expect(store.records.allSatisfy { $0.delivery.body.isEmpty && $0.verdict == .failed(.dnsError) })
    }

    @Test("What was kept is recorded, even by a store with room for one record only", .timeLimit(.minutes(1)))
    func recordsThatWereKeptGoInSmallParts() async throws {
        let store = Store(try deliveries(1...40), takesRecords: false)
        let dispatcher = dispatcher(store)
        try await run(dispatcher) {
            try await eventually("all are kept") { dispatcher.unrecordedCount == 40 }
            store.mend(maxRecords: 1)
            try await eventually("all are recorded") { store.records.count == 40 }
            try await eventually("none is kept") { dispatcher.unrecordedCount == 0 }
        }
        #expect(Set(store.records.map(\.delivery.id.rawValue)) == Set(1...40))
    }
}
