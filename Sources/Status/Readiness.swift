/// The answer of `/readyz`: ready if no check fails.
package struct Readiness: Codable, Sendable {
    package let ready: Bool
    /// Messages of the failing checks.
    package let failing: [String]

    package init(failing: [String]) {
        ready = failing.isEmpty
        self.failing = failing
    }
}
