import Domain
import Ingest
import NIOCore
import Testing

/// For any JSON, the fragments are the bytes that the writer wrote.
@Suite struct FragmentPropertyTests {
    /// An artifact: its values by field, and its line with the fields in random order.
    private struct Written {
        var values: [(key: String, value: String)]
        let line: [UInt8]

        init(_ author: inout JSONAuthor) {
            values = [
                ("payload", author.object()), ("tags", author.array()), ("timestamp", author.string()),
                ("created_at", author.string()), ("artifact_type", author.string()), ("produced_by", author.string()),
                ("artifact_id", author.identifier()),
                ("correlation_id", author.identifier()),
            ]
            let others = (0..<author.pick(0...2)).map { (key: "x\($0)", value: author.object()) }
            let members = (values + others).shuffled(using: &author.random)
            let object = author.object(members.map { ("\"\($0.key)\"", $0.value) })
            line = Array((author.space() + object + author.space()).utf8)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func fragmentsAreTheWrittenBytes(_ seed: UInt64) throws {
        var author = JSONAuthor(seed: seed)
        for _ in 0..<150 {
            let written = Written(&author)
            guard case .published(let artifact) = try EventDecoder().decode(written.line) else {
                Issue.record("not decoded as an artifact: \(String(decoding: written.line, as: UTF8.self))")
                continue
            }
            let found = Self.values(artifact.fragments)
            for (key, value) in written.values {
                #expect(found[key]?.utf8.elementsEqual(value.utf8) == true, "\(key) of seed \(seed): \(value)")
            }
        }
    }

    private static func values(_ fragments: BodyFragments) -> [String: String] {
        let ranges: [(String, Range<Int>?)] = [
            ("payload", fragments.payload), ("tags", fragments.tags), ("timestamp", fragments.timestamp),
            ("created_at", fragments.createdAt), ("artifact_type", fragments.artifactType),
            ("produced_by", fragments.producedBy), ("artifact_id", fragments.artifactID),
            ("correlation_id", fragments.correlationID),
        ]
        return ranges.reduce(into: [:]) { values, field in
            values[field.0] = field.1.map { String(decoding: fragments.line[$0], as: UTF8.self) }
        }
    }

    @Test("The scanner finds every key and value at its position", arguments: 1...20 as ClosedRange<UInt64>)
    func members(_ seed: UInt64) throws {
        var author = JSONAuthor(seed: seed)
        for _ in 0..<150 {
            let written = (0..<author.pick(0...6)).map { _ in (key: author.string(), value: author.array()) }
            let line = Array(author.object(written).utf8)
            let members = try JSONScanner.members(of: line)
            #expect(members.map { Array(line[$0.key]) } == written.map { Array($0.key.utf8.dropFirst().dropLast()) })
            #expect(members.map { Array(line[$0.value]) } == written.map { Array($0.value.utf8) })
        }
    }

    @Test("No proper prefix of an object is accepted", arguments: 1...20 as ClosedRange<UInt64>)
    func cutShort(_ seed: UInt64) throws {
        var author = JSONAuthor(seed: seed)
        for _ in 0..<150 {
            let line = Array(author.object().utf8)
            let cut = Array(line.prefix(author.pick(0...line.count - 1)))
            #expect(throws: Rejection.self, "\(String(decoding: line, as: UTF8.self))") {
                try JSONScanner.members(of: cut)
            }
        }
    }

    @Test("Lines are the same in whatever pieces they arrive", arguments: 1...20 as ClosedRange<UInt64>)
    func pieces(_ seed: UInt64) {
        var author = JSONAuthor(seed: seed)
        let written = (0..<60).map { _ in author.pick(0...3) == 0 ? author.space() : author.object() }
        var rest = written.map { $0 + "\n" }.joined().utf8[...]
        var decoder = LineDecoder(maxLength: 1 << 20)
        var lines: [Line] = []
        while !rest.isEmpty {
            let length = author.pick([1, 2, 7, 100, 5_000])
            lines += decoder.decode(ByteBuffer(bytes: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        #expect(decoder.finish() == nil)
        #expect(lines.map(\.number) == Array(1...60))
        #expect(lines.map(Self.bytes) == written.map { Array($0.utf8) })
    }

    private static func bytes(_ line: Line) -> [UInt8]? {
        if case .text(let bytes) = line.content { bytes } else { nil }
    }
}
