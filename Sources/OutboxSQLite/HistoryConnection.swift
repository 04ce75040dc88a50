internal import Domain
internal import GRDB
internal import Synchronization

/// The connection of all queries of status. Between two of their transactions it pauses for as long as the first one
/// took, so that queries, however many there are, leave half of a processor to deliveries.
final class HistoryConnection: Sendable {
    /// Queries at one time; each may hold a page of rows in memory. Further ones wait.
    private static let maxQueries = 8

    let connection: DatabaseQueue
    private let time: any TimeSource
    private let queries = FairLimit(HistoryConnection.maxQueries)
    private let transactions = FairLimit(1)
    /// The time at which the next transaction may begin; nil: at once.
    private let pauseEnd = Mutex<MonotonicTime?>(nil)

    init(_ connection: DatabaseQueue, time: any TimeSource) {
        self.connection = connection
        self.time = time
    }

    /// Makes a query when fewer than ``maxQueries`` others are in progress.
    func query<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await queries.run(body)
    }

    /// Reads in a transaction, after those that other queries asked for before.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await transactions.run {
            if let end = pauseEnd.withLock({ $0 }) {
                let pause = end - time.now().monotonic
                if pause > .zero { try await time.sleep(for: pause) }
            }
            let began = time.now().monotonic
            defer {
                let ended = time.now().monotonic
                pauseEnd.withLock { $0 = ended + (ended - began) }
            }
            return try await connection.read(body)
        }
    }
}
