import Domain
import Fuzzing
import Ingest
import Webhook

/// Reads a webhook body back: an object with the keys of docs/receivers.md in order, and the writer's bytes as values.
struct BodyCheck {
    let format: BodyFormat
    let fragments: BodyFragments

    init(_ format: BodyFormat, _ fragments: BodyFragments) {
        self.format = format
        self.fragments = fragments
    }

    func check() {
        let body = WebhookBody.make(format, fragments, sequence: SequenceNumber(7))
        guard let members = members(of: body) else { return }
        switch format {
        case .flat: checkFlat(body, members)
        case .flock: checkFlock(body, members)
        }
    }

    /// Nil if the body exceeds the scanner's depth: `flock` nests the payload one level deeper than the line.
    private func members(of body: [UInt8]) -> [JSONMember]? {
        do throws(Rejection) {
            return try JSONScanner.members(of: body)
        } catch {
            expect(format == .flock && error.code == .tooDeep, "a \(format) body is not an object: \(error.message)")
            return nil
        }
    }

    private func checkFlat(_ body: [UInt8], _ members: [JSONMember]) {
        check(
            members, of: body,
            [
                ("event_type", Array("\"artifact.created\"".utf8)), ("artifact_id", written(fragments.artifactID)),
                ("type", written(fragments.artifactType)), ("produced_by", written(fragments.producedBy)),
                ("correlation_id", written(fragments.correlationID)), ("sequence", Array("7".utf8)),
                ("payload", written(fragments.payload)), ("created_at", written(fragments.createdAt)),
                ("tags", tags), ("timestamp", written(fragments.timestamp)),
            ])
    }

    private func checkFlock(_ body: [UInt8], _ members: [JSONMember]) {
        expect(members.count == 5, "a flock body has \(members.count) members")
        let artifact = Array(body[members[3].value])
        check(
            members, of: body,
            [
                ("event_type", Array("\"artifact.created\"".utf8)),
                ("correlation_id", written(fragments.correlationID)), ("sequence", Array("7".utf8)),
                ("artifact", artifact), ("timestamp", written(fragments.timestamp)),
            ])
        guard let inner = try? JSONScanner.members(of: artifact) else { fatalError("the artifact is not an object") }
        check(
            inner, of: artifact,
            [
                ("id", written(fragments.artifactID)), ("type", written(fragments.artifactType)),
                ("produced_by", written(fragments.producedBy)), ("payload", written(fragments.payload)),
                ("created_at", written(fragments.createdAt)), ("tags", tags),
            ])
    }

    private func written(_ range: Range<Int>) -> [UInt8] { Array(fragments.line[range]) }
    private var tags: [UInt8] { fragments.tags.map(written) ?? Array("[]".utf8) }

    private func check(_ members: [JSONMember], of object: [UInt8], _ expected: [(key: String, value: [UInt8])]) {
        expect(members.count == expected.count, "a \(format) body has \(members.count) members")
        for (member, (key, value)) in zip(members, expected) {
            expect(object[member.key].elementsEqual(key.utf8), "\(key) is in the wrong position in a \(format) body")
            expect(object[member.value].elementsEqual(value), "\(key) has changed bytes in a \(format) body")
        }
    }
}
