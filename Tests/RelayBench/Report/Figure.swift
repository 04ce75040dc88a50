/// Names of figures, with their units.
enum Figure {
    static let rate = "deliveries/s"
    static let cpu = "CPU, µs a delivery"
    static let ownCPU = "CPU of the benchmark, µs a delivery"
    static let others = "other programs, % of the processors"
    static let peak = "peak memory, MB"
    static let ownCPUPerLine = "CPU of the benchmark, µs a line"
    static let latency = "latency, ms"
    static let pace = "artifacts/s"
    static let lines = "lines/s"
    static let cpuPerLine = "CPU, µs a line"

    /// What the names of contenders end with that differ by their number of registrations.
    static let registrations = " registrations"
}
