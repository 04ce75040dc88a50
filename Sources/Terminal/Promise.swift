internal import Status

/// The promised values. The alerts in deploy/prometheus have the same.
enum Promise {
    static let shareDelivered = 0.99
    static let recoveryRate = 0.8
    /// From creation to 2xx, in milliseconds.
    static let p95Ms = 500.0
    /// Maximum used share of `outbox-max`.
    static let outboxShare = 0.8
    /// Maximum age of a pending delivery, in seconds: above any wait between two attempts with the default settings.
    static let pendingSeconds = 300.0
}
