import Domain

/// A condition did not become true in time.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String
}

/// Polls until a condition is true. The deadline is reached only if the test fails.
///
/// - Parameters:
///   - what: the condition, for the failure message.
///   - limit: how long to poll.
package func eventually(
    _ what: String, within limit: Duration = .seconds(15), _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw NotInTime(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
