/// The answer of `/healthz`: healthy if no check fails.
package struct Health: Codable, Sendable {
    /// `ok` or `failing`.
    package let status: String
    /// Messages of the failing checks; absent if there are none.
    package let failing: [String]?

    package init(failing: [String]) {
        status = failing.isEmpty ? "ok" : "failing"
        self.failing = failing.isEmpty ? nil : failing
    }
}
