package import Domain

/// The outbox as intake uses it: accepts artifacts.
package protocol AcceptanceStore: Sendable {
    /// Looks up what `query` asks for, calls `decide` with it, and commits the acceptance, in one step: of what was
    /// looked up, only pending deliveries may have ended at the commit, even if other callers use the outbox. The
    /// acceptance is added as a whole or not at all. It is durable when this returns, as far as the implementation supports that.
    ///
    /// - Parameter decide: may run more than once, because a store may repeat its transaction; the last result counts.
    /// - Returns: what `decide` returned beside the acceptance.
    /// - Throws: what `decide` throws, or the store's own error. Nothing has changed then.
    func accept<Value: Sendable>(
        _ query: IntakeQuery, deciding decide: @escaping @Sendable (Knowledge) throws -> (Acceptance, Value)
    ) async throws -> Value

    /// Workflows with a completion to report whose deliveries are all final, at most `limit`.
    func dueCompletions(limit: Int) async throws -> [CorrelationID]

    /// Makes a durable write that changes nothing. Throws what ``accept(_:deciding:)`` would throw now.
    func verifyWritable() async throws
}
