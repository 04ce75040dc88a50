/// Splits bytes that arrive in parts into lines.
struct LineSplitter {
    private let maxLength: Int
    private var rest: [UInt8] = []

    /// - Parameter maxLength: of a line, in bytes; a longer one is cut into several.
    init(maxLength: Int) { self.maxLength = maxLength }

    /// The lines that are now complete, without their LF.
    mutating func add(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        rest += bytes
        var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = lines.removeLast()
        if last.count > maxLength {
            rest = []
            lines.append(last)
        } else {
            rest = Array(last)
        }
        return lines.map { Array($0) }
    }
}
