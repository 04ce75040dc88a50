/// What `/healthz` answers: healthy if nothing fails.
package struct Health: Codable, Sendable {
    /// `ok` or `failing`.
    package let status: String
    /// The failing checks in words; absent where there are none.
    package let failing: [String]?

    package init(failing: [String]) {
        status = failing.isEmpty ? "ok" : "failing"
        self.failing = failing.isEmpty ? nil : failing
    }
}
