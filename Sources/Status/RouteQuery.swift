internal import Domain

/// The query of a request, decoded.
struct RouteQuery {
    private var values: [String: String] = [:]

    /// - Parameters:
    ///   - text: what follows the `?`.
    ///   - names: the parameters that the route has.
    init(_ text: Substring, of route: String, names: [String]) throws(StatusRoute.Problem) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), names.contains(name) else {
                throw .badQuery("the parameters of \(route) are \(names.joined(separator: ", "))")
            }
            guard let value = Self.decode(parts.count == 2 ? parts[1] : "") else {
                throw .badQuery("\(name) must be percent-encoded UTF-8; write %25 for a percent sign")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .badQuery("\(name) must be given once")
            }
        }
    }

    /// As forms and `URLSearchParams` encode: `+` is a space.
    private static func decode(_ text: Substring) -> String? {
        PercentEncoding.decode(text.replacing("+", with: "%20")[...])
    }

    func text(_ name: String) -> String? { values[name] }

    /// - Returns: `absent` if the parameter is not given.
    func number(
        _ name: String, in range: ClosedRange<Int>, absent: Int
    ) throws(StatusRoute.Problem) -> Int {
        guard let value = values[name] else { return absent }
        // Not every text that Int reads is a number as it is written in a URL, for example "+5".
        guard value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int(value),
            range.contains(number)
        else {
            throw .badQuery(
                range.upperBound == .max
                    ? "\(name) must be a number from \(range.lowerBound)"
                    : "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// - Returns: nil if the parameter is not given.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(StatusRoute.Problem) -> Choice? {
        guard let value = values[name] else { return nil }
        guard let choice = Choice(rawValue: value) else {
            let names = type.allCases.map(\.rawValue)
            throw .badQuery(
                "\(name) must be \(names.dropLast().joined(separator: ", ")) or \(names.last ?? ""); leave it out for all"
            )
        }
        return choice
    }
}
