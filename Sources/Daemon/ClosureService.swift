internal import ServiceLifecycle

/// A service that is a closure.
struct ClosureService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws { try await body() }
}

/// Returns when the service that calls it must stop.
func gracefulShutdownReached() async {
    try? await gracefulShutdown()
}
