internal import Domain

/// Limits what one commit redelivers, because every body is written again meanwhile, and other writers wait.
struct RedeliveryBudget {
    /// Bytes of bodies. The first one may exceed it.
    private static let maxBytes = 16 << 20
    /// A small body takes as much time as one of this size.
    private static let minBody = 4 << 10

    private var bytes = 0

    /// - Returns: false if the delivery must wait for a later commit.
    mutating func take(_ ticket: Ticket) -> Bool {
        guard bytes < Self.maxBytes else { return false }
        bytes += max(ticket.bodyBytes, Self.minBody)
        return true
    }
}
