import Domain

/// A request as it was received.
package struct RawRequest: Sendable {
    /// Request line and header lines, to the empty line.
    package let head: String
    package let body: [UInt8]
    /// When its last byte was read.
    package let arrivedAt: ContinuousClock.Instant
    /// The number of earlier requests with the same target.
    package let seenBefore: Int

    package var method: String { word(0) }
    package var target: String { word(1) }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Names in lower case with their values, in order.
    package var headers: [(name: String, value: String)] {
        head.split(separator: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0].lowercased(), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    /// The only value of a header; nil if it is missing or there more than once.
    package func header(_ name: String) -> String? {
        let values = headers.filter { $0.name == name.lowercased() }
        return values.count == 1 ? values[0].value : nil
    }

    package func has(_ name: String) -> Bool { headers.contains { $0.name == name.lowercased() } }

    package var sequence: Int { header("X-Flock-Sequence").flatMap { Int($0) } ?? 0 }
    package var attempt: Int { header("X-Flock-Attempt").flatMap { Int($0) } ?? 0 }
    package var artifact: String { header("X-Flock-Artifact-Id") ?? "" }

    private func word(_ index: Int) -> String {
        let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
        return words.indices.contains(index) ? String(words[index]) : ""
    }
}
