package import Domain

/// Why spans were not exported.
package enum ExportProblem: Hashable, Sendable {
    /// More spans ended than could be sent.
    case queueFull
    /// How the request ended.
    case notExported(SendResult)
}

/// Is called with the outcome of spans. It must be fast, because it is called for each dropped span.
package protocol ExportObserver: Sendable {
    func exported(_ count: Int)
    func dropped(_ count: Int, _ problem: ExportProblem)
    /// The same spans will be sent again.
    func retrying(_ problem: ExportProblem)
}
