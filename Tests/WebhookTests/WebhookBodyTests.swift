import Domain
import Testing
import Webhook

@Suite struct WebhookBodyTests {
    @Test func flatBodyHasTheDocumentedFields() {
        #expect(
            body(.flat, tags: #"["x","y"]"#)
                == #"{"event_type":"artifact.created","artifact_id":"\u0061-1","type":"Order","produced_by":"alpha","#
                + #""correlation_id":"w-1","sequence":7,"payload":{ "b":1.0, "a":18446744073709551616,"e":"\ud83d\udc26" },"#
                + #""created_at":"2026-11-23T13:40:02.577437+00:00","tags":["x","y"],"timestamp":"2026-11-23T13:40:03Z"}"#
        )
    }

    @Test func flockBodyHasTheDocumentedFields() {
        #expect(
            body(.flock, tags: #"["x","y"]"#)
                == #"{"event_type":"artifact.created","correlation_id":"w-1","sequence":7,"artifact":{"id":"\u0061-1","#
                + #""type":"Order","produced_by":"alpha","#
                + #""payload":{ "b":1.0, "a":18446744073709551616,"e":"\ud83d\udc26" },"#
                + #""created_at":"2026-11-23T13:40:02.577437+00:00","tags":["x","y"]},"timestamp":"2026-11-23T13:40:03Z"}"#
        )
    }

    @Test("Missing tags become an empty list", arguments: BodyFormat.allCases)
    func tags(_ format: BodyFormat) {
        #expect(body(format, tags: nil).contains(#"+00:00","tags":[]"#))
        #expect(body(format, tags: nil) == body(format, tags: "[]"))
    }

    @Test func bytesOfThePayloadAreUnchanged() {
        let payload = Array("{\"\u{1F426}\":\"\u{2028}\\u0000\",\"n\":-0.0}".utf8)
        let line = payload + Array(#""x""#.utf8)
        let text = payload.count..<line.count
        let fragments = BodyFragments(
            line: line, artifactID: text, artifactType: text, producedBy: text, correlationID: text,
            payload: 0..<payload.count, createdAt: text, tags: nil, timestamp: text)
        for format in BodyFormat.allCases {
            let body = WebhookBody.make(format, fragments, sequence: SequenceNumber(.max))
            #expect(body.firstRange(of: payload) != nil)
            #expect(body.firstRange(of: Array(#""sequence":9223372036854775807,"#.utf8)) != nil)
        }
    }

    private func body(_ format: BodyFormat, tags: String?) -> String {
        var line: [UInt8] = []
        func add(_ text: String) -> Range<Int> {
            line.append(0x20)
            line += Array(text.utf8)
            return line.count - text.utf8.count..<line.count
        }
        let ranges = [
            #""2026-11-23T13:40:03Z""#, #"{ "b":1.0, "a":18446744073709551616,"e":"\ud83d\udc26" }"#, #""w-1""#,
            #""\u0061-1""#, #""2026-11-23T13:40:02.577437+00:00""#, #""Order""#, #""alpha""#,
        ].map(add)
        let tags = tags.map(add)
        let fragments = BodyFragments(
            line: line, artifactID: ranges[3], artifactType: ranges[5], producedBy: ranges[6],
            correlationID: ranges[2], payload: ranges[1], createdAt: ranges[4], tags: tags, timestamp: ranges[0])
        return String(decoding: WebhookBody.make(format, fragments, sequence: SequenceNumber(7)), as: UTF8.self)
    }
}
