import Foundation

/// A steady mean rate with random gaps (a Poisson process), whether or not the work before is done.
struct SteadyLoad {
    private let perSecond: Double
    private var generator = SystemRandomNumberGenerator()

    init(perSecond: Double) {
        self.perSecond = perSecond
    }

    /// Calls `send` whenever something is due.
    ///
    /// - Returns: the moments just before the calls, in monotonic nanoseconds.
    mutating func run(seconds: Double, _ send: () throws -> Void) rethrows -> [Int64] {
        var due = Double(Clock.monotonic)
        let end = due + seconds * 1e9
        var sent: [Int64] = []
        while true {
            due -= log(Double.random(in: .ulpOfOne..<1, using: &generator)) / perSecond * 1e9
            guard due < end else { return sent }
            Clock.sleep(until: Int64(due))
            sent.append(Clock.monotonic)
            try send()
        }
    }
}
