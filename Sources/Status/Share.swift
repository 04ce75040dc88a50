/// A share of two counts.
enum Share {
    /// `part` of the sum of both; nil if both are 0. 0 to 1.
    static func of(_ part: Int, or rest: Int) -> Double? {
        part + rest > 0 ? Double(part) / Double(part + rest) : nil
    }
}
