import Domain
import Fuzzing
import Ingest
import Webhook

/// Checks a decoded artifact against its line, and the bodies made from it.
struct ArtifactCheck {
    let artifact: PublishedArtifact
    let line: [UInt8]
    private var fragments: BodyFragments { artifact.fragments }

    init(_ artifact: PublishedArtifact, line: [UInt8]) {
        self.artifact = artifact
        self.line = line
    }

    func check() {
        checkFields()
        checkFragments()
        for format in BodyFormat.allCases { BodyCheck(format, fragments).check() }
    }

    private func checkFields() {
        expect(isIdentifier(artifact.artifactID.rawValue), "an artifact id has a bad length")
        expect(artifact.correlationID.map { isIdentifier($0.rawValue) } ?? true, "a correlation id has a bad length")
        if let trace = artifact.trace {
            expect(TraceContext.isValid(parent: trace.parent) && trace.traceID.utf8.count == 32, "a trace is malformed")
            expect(trace.state.map(TraceContext.isValid(state:)) ?? true, "a trace state cannot be sent in a header")
        }
        if let registration = artifact.registration {
            expect(registration.correlationID == artifact.correlationID, "a registration belongs to another workflow")
            checkURL(registration.url)
        }
    }

    /// Each fragment is one value of its kind, and fragments do not overlap.
    private func checkFragments() {
        expect(fragments.line == line, "the line was changed")
        for text in [fragments.artifactID, fragments.artifactType, fragments.producedBy, fragments.createdAt] {
            expect(isValue(text, [.string]), "a field is not a string")
        }
        expect(isValue(fragments.timestamp, [.string]), "a timestamp is not a string")
        expect(isValue(fragments.correlationID, [.string, .null]), "a correlation id is not a string")
        expect(isValue(fragments.payload, [.object]), "a payload is not an object")
        expect(fragments.tags.map { isValue($0, [.array]) } ?? true, "tags are not an array")
    }

    /// Whether these bytes of the line are exactly one JSON value.
    private func isValue(_ range: Range<Int>, _ kinds: [JSONMember.Kind]) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= line.count else { return false }
        let start = Array("{\"\":".utf8)
        let wrapped = start + line[range] + [UInt8(ascii: "}")]
        guard let members = try? JSONScanner.members(of: wrapped), members.count == 1 else { return false }
        return members[0].value == start.count..<wrapped.count - 1 && kinds.contains(members[0].kind)
    }
}
