/// One finished attempt, as recorded.
package struct Attempt: Hashable, Sendable {
    /// From 1.
    package let number: Int
    package let startedAt: SteadyTime
    package let duration: Duration
    /// The status of the response; nil without a response.
    package let status: Int?
    /// nil for 2xx.
    package let errorClass: ErrorClass?

    package init(number: Int, startedAt: SteadyTime, duration: Duration, outcome: AttemptOutcome) {
        self.init(
            number: number, startedAt: startedAt, duration: duration, status: outcome.status,
            errorClass: outcome.errorClass)
    }

    package init(number: Int, startedAt: SteadyTime, duration: Duration, status: Int?, errorClass: ErrorClass?) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.errorClass = errorClass
    }
}
