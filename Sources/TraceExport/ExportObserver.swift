package import Domain

/// Why spans were not exported.
package enum ExportProblem: Hashable, Sendable {
    /// More spans ended than could be sent.
    case queueFull
    /// How the request ended.
    case notExported(SendResult)
}

/// Learns what becomes of the spans. Called for each span that is dropped, so it must be fast.
package protocol ExportObserver: Sendable {
    func exported(_ count: Int)
    func dropped(_ count: Int, _ problem: ExportProblem)
    /// The same spans are sent again.
    func retrying(_ problem: ExportProblem)
}
