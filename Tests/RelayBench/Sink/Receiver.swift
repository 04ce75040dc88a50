/// Where contenders deliver to.
protocol Receiver: AnyObject, Sendable {
    /// One for each origin.
    var urls: [String] { get }
    /// PEM file of the authority behind its certificate; nil for http.
    var authority: String? { get }
    /// Requests that have arrived, without repeated ones.
    var delivered: Int { get }
    /// Requests that had arrived before.
    var duplicates: Int { get }
    func stop()
}

extension Sink: Receiver {
    var authority: String? { nil }
    var delivered: Int { arrivals.count }
    var duplicates: Int { arrivals.duplicates }
}
