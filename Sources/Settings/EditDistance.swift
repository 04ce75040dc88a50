/// How similar two names are: the number of characters to insert, remove or replace (Levenshtein).
enum EditDistance {
    /// - Returns: the first of the most similar names; empty if there are none.
    static func closest(to name: String, among names: [String]) -> String {
        names.min { between($0, name) < between($1, name) } ?? ""
    }

    static func between(_ one: String, _ other: String) -> Int {
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (index, byte) in one.utf8.enumerated() {
            var diagonal = index
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (other[column] == byte ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row.last ?? 0
    }
}
