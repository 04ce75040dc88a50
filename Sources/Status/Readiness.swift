/// What `/readyz` answers: ready if nothing fails.
package struct Readiness: Codable, Sendable {
    package let ready: Bool
    /// The failing checks in words.
    package let failing: [String]

    package init(failing: [String]) {
        ready = failing.isEmpty
        self.failing = failing
    }
}
