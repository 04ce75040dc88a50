internal import Logging
internal import Domain
internal import Outbox
internal import Synchronization

/// Reads the deliveries that are about to start, and finds those that must not start yet.
final class DeliveryLoader: Sendable {
    /// The deliveries to start, and those that cannot start.
    struct Result {
        var deliveries: [DeliveryID: Delivery] = [:]
        /// Deliveries of ordered workflows with a pending predecessor.
        var blocked: Set<DeliveryID> = []
        /// Deliveries that cannot be read from the outbox.
        var unreadable: Set<DeliveryID> = []
    }

    private let store: any DeliveryStore
    private let recorder: Recorder
    private let errors: ErrorLog
    private let fresh = Mutex(FreshDeliveries())

    init(store: any DeliveryStore, recorder: Recorder, errors: ErrorLog) {
        self.store = store
        self.recorder = recorder
        self.errors = errors
    }

    /// Caches deliveries that were just accepted.
    func add(_ deliveries: [Delivery]) {
        fresh.withLock { fresh in
            for delivery in deliveries { fresh.add(delivery) }
        }
    }

    /// A delivery that is in no part of the result is no longer pending.
    func load(_ tickets: [Ticket]) async -> Result {
        var result = Result()
        await findBlocked(tickets, &result)
        let ids = tickets.map(\.id).filter { !result.blocked.contains($0) && !result.unreadable.contains($0) }
        for delivery in fresh.withLock({ fresh in ids.compactMap { fresh.take($0) } }) {
            result.deliveries[delivery.id] = delivery
        }
        let missing = ids.filter { result.deliveries[$0] == nil }
        guard !missing.isEmpty else { return result }
        for delivery in await read(missing, &result, { [store] ids in try await store.load(ids) }) {
            result.deliveries[delivery.id] = delivery
        }
        return result
    }

    private func findBlocked(_ tickets: [Ticket], _ result: inout Result) async {
        let ordered = tickets.filter { $0.orderedWorkflow != nil }.map(\.id)
        guard !ordered.isEmpty else { return }
        // Read before the query: otherwise a predecessor that is recorded in between would still count as pending.
        let finals = recorder.keptFinals
        let predecessors = await read(ordered, &result) { [store] ids in
            Array(try await store.predecessors(of: ids))
        }
        result.blocked = Set(predecessors.filter { !finals.contains($0.value) }.map(\.key))
    }

    /// Reads all of them at once, and if that fails, each alone. So a delivery that cannot be read, because the file is
    /// damaged there, does not delay the others.
    private func read<Value>(
        _ ids: [DeliveryID], _ result: inout Result, _ ask: ([DeliveryID]) async throws -> [Value]
    ) async -> [Value] {
        if let values = try? await ask(ids) { return values }
        var values: [Value] = []
        for id in ids {
            do {
                values += try await ask([id])
            } catch {
                result.unreadable.insert(id)
                errors.log("Cannot read a delivery from the outbox; trying again", error)
            }
        }
        return values
    }
}
