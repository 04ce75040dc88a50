/// Why a sender that works is replaced all the same.
package enum Wear: String, Sendable {
    /// It has served as many requests as one process should: each leaks a little (row 9 of urlsession.md).
    case requests
    /// It holds more memory than its work explains.
    case memory
}

/// How long a sender process serves.
package struct SenderLimits: Sendable {
    /// Requests; then a successor is started, and this one ends when the successor is ready and it has nothing in flight.
    package var requests: Int
    /// Bytes of resident memory at which it is replaced in the same way.
    package var residentBytes: Int
    /// Bytes of resident memory at which it is ended at once (row 12 of urlsession.md).
    package var mostResidentBytes: Int

    package init(requests: Int = 50_000, residentBytes: Int = 384 << 20, mostResidentBytes: Int = 1 << 30) {
        self.requests = requests
        self.residentBytes = residentBytes
        self.mostResidentBytes = mostResidentBytes
    }

    func wear(requests served: Int, residentBytes held: Int) -> Wear? {
        if held >= residentBytes { return .memory }
        return served >= requests ? .requests : nil
    }
}
