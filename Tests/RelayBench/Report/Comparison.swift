/// Which contenders are divided by which others, if both were measured.
enum Comparison {
    static let pairs = [
        ("durable", "handwritten"), ("ephemeral", "handwritten-memory"), ("durable", "native"), ("durable", "flock"),
        ("durable", "flock-sender"), ("durable", "syslog-ng"), ("durable", "bare POST"), ("ephemeral", "bare POST"),
        ("durable", "wrk"), ("durable, bridge", "flock"), ("1000000 registrations", "1000 registrations"),
    ]

    static let figures: Set<String> = [
        Figure.rate, Figure.cpu, Figure.lines, Figure.cpuPerLine, "p50, ms", "p95, ms", "p99, ms",
    ]
}
