import Domain
import TestSupport
import Testing
import Webhook

/// A body consists of bytes of the line and fixed text, wherever in the line these bytes lie.
@Suite struct WebhookBodyPropertyTests {
    /// A line of random bytes in which each fragment has its own range.
    private struct World {
        var random: SeededGenerator
        var line: [UInt8] = []

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func fragments() -> BodyFragments {
            line = []
            var places = (0..<8).map { _ in place() }.shuffled(using: &random)
            let isTagged = Bool.random(using: &random)
            let tags = place()
            noise()
            return BodyFragments(
                line: line, artifactID: places.removeLast(), artifactType: places.removeLast(),
                producedBy: places.removeLast(), correlationID: places.removeLast(), payload: places.removeLast(),
                createdAt: places.removeLast(), tags: isTagged ? tags : nil, timestamp: places.removeLast())
        }

        /// The bytes need not be JSON: making a body must not interpret them.
        private mutating func place() -> Range<Int> {
            noise()
            let start = line.count
            noise()
            return start..<line.count
        }

        private mutating func noise() {
            let count = Int.random(in: 0...30, using: &random)
            line += (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func bodiesAreTheLinesBytes(_ seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<100 {
            let fragments = world.fragments()
            let number = Int64.random(in: 1...Int64.max, using: &world.random)
            for format in BodyFormat.allCases {
                let body = WebhookBody.make(format, fragments, sequence: SequenceNumber(number))
                #expect(body == Self.expected(format, fragments, number), "\(format) body of seed \(seed)")
            }
        }
    }

    /// The body by docs/receivers.md, built independently.
    private static func expected(_ format: BodyFormat, _ fragments: BodyFragments, _ number: Int64) -> [UInt8] {
        let template =
            switch format {
            case .flat:
                #"{"event_type":"artifact.created","artifact_id":A,"type":T,"produced_by":B,"correlation_id":C,"#
                    + #""sequence":N,"payload":P,"created_at":M,"tags":G,"timestamp":S}"#
            case .flock:
                #"{"event_type":"artifact.created","correlation_id":C,"sequence":N,"artifact":{"id":A,"type":T,"#
                    + #""produced_by":B,"payload":P,"created_at":M,"tags":G},"timestamp":S}"#
            }
        let places: [Character: Range<Int>?] = [
            "A": fragments.artifactID, "T": fragments.artifactType, "B": fragments.producedBy,
            "C": fragments.correlationID, "P": fragments.payload, "M": fragments.createdAt, "G": fragments.tags,
            "S": fragments.timestamp,
        ]
        return template.flatMap { character -> [UInt8] in
            if character == "N" { return Array(String(number).utf8) }
            guard let place = places[character] else { return Array(String(character).utf8) }
            return place.map { Array(fragments.line[$0]) } ?? Array("[]".utf8)
        }
    }
}
