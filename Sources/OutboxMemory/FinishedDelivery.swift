internal import Domain

/// A delivery of the history, and when it ended.
struct FinishedDelivery {
    let delivery: DeliveryID
    let workflow: CorrelationID
    let at: SteadyTime
}
