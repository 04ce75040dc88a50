/// Where a page of `/correlations` begins: behind this time of activity, in microseconds, and this key.
package struct ListCursor: Hashable, Sendable {
    package let microseconds: Int64
    package let key: Int64

    package init(microseconds: Int64, key: Int64) {
        self.microseconds = microseconds
        self.key = key
    }

    /// Reads what ``text`` writes.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 2, let microseconds = parts[0], let key = parts[1] else { return nil }
        self.init(microseconds: microseconds, key: key)
    }

    package var text: String { "\(microseconds).\(key)" }
}
