internal import Status

/// The samples of `/history` in as many columns as a screen has, the newest on the right.
struct HistoryColumns {
    /// The seconds that one column shows.
    struct Column {
        var delivered = 0
        var failed = 0
        var seconds = 0
        /// The maximum of its seconds, in milliseconds; nil if nothing was delivered.
        var p95Ms: Double?

        var deliveredPerSecond: Double { seconds > 0 ? Double(delivered) / Double(seconds) : 0 }
        var failedPerSecond: Double { seconds > 0 ? Double(failed) / Double(seconds) : 0 }
    }

    /// Minimum time that the columns cover, in seconds.
    private static let span = 300

    /// nil where there is no sample.
    let columns: [Column?]
    let secondsPerColumn: Int

    /// - Parameter count: at least 1.
    init(_ history: HistoryReport, count: Int) {
        secondsPerColumn = max((Self.span + count - 1) / count, 1)
        // Columns begin at multiples of their length, so that bars move left without changing their height.
        let last = (history.samples.last?.t ?? 0) / secondsPerColumn
        var columns = [Column?](repeating: nil, count: count)
        for sample in history.samples {
            let index = count - 1 - (last - sample.t / secondsPerColumn)
            guard columns.indices.contains(index) else { continue }
            var column = columns[index] ?? Column()
            column.delivered += sample.delivered
            column.failed += sample.failed
            column.seconds += history.intervalSeconds
            if let p95 = sample.p95Ms { column.p95Ms = max(column.p95Ms ?? 0, p95) }
            columns[index] = column
        }
        self.columns = columns
    }
}
