/// Which contenders are divided by which others, if both were measured.
enum Comparison {
    private static let pairs = [
        ("durable", "handwritten"), ("ephemeral", "handwritten-memory"), ("durable", "native"), ("durable", "flock"),
        ("durable", "flock-sender"), ("durable", "syslog-ng"), ("durable", "bare POST"), ("ephemeral", "bare POST"),
        ("durable", "synced POST"), ("synced POST", "bare POST"),
        ("durable", "wrk"), ("durable, bridge", "flock"), ("transport", "native"),
    ]

    /// The pairs among these contenders: also of the largest and the smallest number of registrations.
    static func pairs(_ contenders: [String]) -> [(String, String)] {
        let sizes = contenders.filter { $0.hasSuffix(Figure.registrations) }
        return pairs + (sizes.count == 2 ? [(sizes[1], sizes[0])] : [])
    }

    static let figures: Set<String> = [
        Figure.rate, Figure.cpu, Figure.lines, Figure.cpuPerLine, "p50, ms", "p95, ms", "p99, ms",
    ]
}
