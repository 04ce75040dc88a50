extension Duration {
    /// `base × 2^times`, at most `max`.
    package static func doubling(_ base: Duration, times: Int, max: Duration) -> Duration {
        multiplying(base, by: 2, times: times, max: max)
    }

    /// `base × factor^times`, at most `max`.
    ///
    /// - Parameter factor: at least 1.
    package static func multiplying(_ base: Duration, by factor: Double, times: Int, max: Duration) -> Duration {
        var duration = min(base, max)
        for _ in 0..<Swift.max(times, 0) {
            if duration >= max { break }
            duration = min(duration * factor, max)
        }
        return duration
    }
}
