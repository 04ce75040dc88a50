package import Events

/// What the last attempts say about an origin.
package struct LaneHealth: Sendable {
    /// How an origin deals with its connections.
    package enum Standing: CaseIterable, Sendable {
        /// The last attempt that ended was answered, or failed before its deadline.
        case answering
        /// No attempt has ended yet.
        case unproven
        /// The last attempt ran into its deadline.
        case hanging

        /// What an attempt says of its origin.
        package init(after outcome: AttemptOutcome) {
            switch outcome {
            case .failed(.timeout): self = .hanging
            case .answered, .failed: self = .answering
            }
        }

        /// What the end of a delivery says of its origin.
        init(after end: DeliveryState) {
            switch end {
            case .failed(let error): self.init(after: AttemptOutcome.failed(error))
            case .delivered, .pending: self = .answering
            }
        }
    }

    /// Failures in a row before an origin is asked more slowly: more than a few deliveries' worth of retries.
    private static let patience = 32
    private static let firstPause = Duration.milliseconds(125)
    private static let longestPause = Duration.seconds(1)

    private(set) var standing = Standing.unproven
    private var failuresInARow = 0

    init(standing: Standing = .unproven) { self.standing = standing }

    /// It says nothing yet.
    var isBlank: Bool { standing == .unproven && failuresInARow == 0 }

    /// Failed so often in a row that it is asked one at a time, with pauses. Never given up: the first success ends it.
    var isFailing: Bool { failuresInARow >= Self.patience }

    mutating func note(isDelivered: Bool, _ standing: Standing) {
        self.standing = standing
        failuresInARow = isDelivered ? 0 : failuresInARow + 1
    }

    /// The pause after the last attempt.
    ///
    ///     failures in a row   …31   32     33     34    35 …
    ///     pause in s            0   0.125  0.25   0.5   1
    var pause: Duration {
        guard isFailing else { return .zero }
        return min(Self.firstPause * (1 << min(failuresInARow - Self.patience, 8)), Self.longestPause)
    }
}
