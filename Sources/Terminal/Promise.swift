internal import Status

/// The figures that deliveries are measured against: deploy/prometheus alerts on the same ones.
enum Promise {
    static let shareDelivered = 0.99
    static let recoveryRate = 0.8
    /// From creation to 2xx, in milliseconds.
    static let p95Ms = 500.0
    /// How full the outbox may be, of `outbox-max`.
    static let outboxShare = 0.8
    /// How old a pending delivery may be, in seconds: older than any wait between two attempts by default.
    static let pendingSeconds = 300.0
}
