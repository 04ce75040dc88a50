/// The latencies of one contender as percentiles, because there may be a million.
struct LatencyCurve: Encodable {
    let workload: String
    let contender: String
    let count: Int
    /// Percentile → milliseconds.
    let milliseconds: [String: Double]

    init(_ row: Results.Row) {
        workload = row.workload
        contender = row.contender
        count = row.values.count
        let sample = row.sample
        let percentiles = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100]
        milliseconds = Dictionary(uniqueKeysWithValues: percentiles.map { ("p\($0)", sample.percentile($0 / 100)) })
    }
}
