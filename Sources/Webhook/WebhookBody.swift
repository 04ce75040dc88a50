package import Domain

/// Builds the body of a webhook from the writer's own bytes, so that numbers, escapes and key order never change.
package enum WebhookBody {
    package static func make(_ format: BodyFormat, _ fragments: BodyFragments, sequence: SequenceNumber) -> [UInt8] {
        var splice = Splice(line: fragments.line)
        splice.text(#"{"event_type":"artifact.created""#)
        switch format {
        case .flat: flat(&splice, fragments, sequence)
        case .flock: flock(&splice, fragments, sequence)
        }
        splice.member("timestamp", fragments.timestamp)
        splice.text("}")
        return splice.bytes
    }

    private static func flat(_ splice: inout Splice, _ fragments: BodyFragments, _ sequence: SequenceNumber) {
        splice.member("artifact_id", fragments.artifactID)
        splice.member("type", fragments.artifactType)
        splice.member("produced_by", fragments.producedBy)
        splice.member("correlation_id", fragments.correlationID)
        splice.text(#","sequence":\#(sequence)"#)
        splice.member("payload", fragments.payload)
        splice.member("created_at", fragments.createdAt)
        splice.tags(fragments.tags)
    }

    private static func flock(_ splice: inout Splice, _ fragments: BodyFragments, _ sequence: SequenceNumber) {
        splice.member("correlation_id", fragments.correlationID)
        splice.text(#","sequence":\#(sequence),"artifact":{"id":"#)
        splice.value(fragments.artifactID)
        splice.member("type", fragments.artifactType)
        splice.member("produced_by", fragments.producedBy)
        splice.member("payload", fragments.payload)
        splice.member("created_at", fragments.createdAt)
        splice.tags(fragments.tags)
        splice.text("}")
    }
}

/// A buffer to which text and ranges of the writer's line are appended.
private struct Splice {
    let line: [UInt8]
    private(set) var bytes: [UInt8] = []

    init(line: [UInt8]) {
        self.line = line
        bytes.reserveCapacity(line.count + 256)
    }

    mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func value(_ range: Range<Int>) { bytes.append(contentsOf: line[range]) }

    mutating func member(_ key: StaticString, _ range: Range<Int>) {
        text(",\"\(key)\":")
        value(range)
    }

    mutating func tags(_ range: Range<Int>?) {
        if let range { member("tags", range) } else { text(#","tags":[]"#) }
    }
}
