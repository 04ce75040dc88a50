package import Domain

/// The outbox as intake uses it: takes artifacts in.
package protocol AcceptanceStore: Sendable {
    /// Looks up what a decision needs, runs it on what was found, and commits the result, in one step: between look-up
    /// and commit nothing that was found changes, whoever else uses the outbox. All of the acceptance is added, or
    /// nothing. It is durable when this returns, as far as the implementation can make anything durable.
    ///
    /// - Parameter decide: may run more than once, for a store may have to repeat its transaction; the last result counts.
    /// - Returns: what `decide` returned beside the acceptance.
    /// - Throws: what `decide` throws, or the store's own error. Nothing has changed then.
    func accept<Value: Sendable>(
        _ query: IntakeQuery, deciding decide: @escaping @Sendable (Knowledge) throws -> (Acceptance, Value)
    ) async throws -> Value

    /// Throws what ``accept(_:deciding:)`` would throw now, and changes nothing: writes durably, as an acceptance does.
    func verifyWritable() async throws
}
