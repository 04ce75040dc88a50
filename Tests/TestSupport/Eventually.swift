import Domain

/// What a test waited for did not come in time.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String
}

/// Waits until something is so, and looks often; the deadline only ends a test that has failed.
///
/// - Parameters:
///   - what: what is waited for, as the failure will say it.
///   - limit: how long to look.
package func eventually(
    _ what: String, within limit: Duration = .seconds(15), _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw NotInTime(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
