package import Domain

/// Lines of the event socket as a writer sends them.
package enum SampleLine {
    /// The fields of a published artifact, in Flock's order, each with its JSON value.
    package static let artifactFields = [
        ("correlation_id", #""w-1""#), ("timestamp", #""2026-11-23T13:40:02.577437Z""#), ("artifact_id", #""a-1""#),
        ("artifact_type", #""Order""#), ("produced_by", #""alpha""#), ("payload", #"{"qty":2}"#),
        ("visibility", #"{"kind":"Public","agents":null,"required_labels":null,"tenant_id":null}"#),
        ("tags", "[]"), ("partition_key", "null"), ("version", "1"), ("consumers", "[]"),
    ]

    /// A published artifact; a change to nil leaves the field out, one of an unknown field adds it at the end.
    package static func artifact(_ changes: KeyValuePairs<String, String?> = [:]) -> String {
        var fields = artifactFields
        for (name, value) in changes {
            let place = fields.firstIndex { $0.0 == name }
            switch (place, value) {
            case (let place?, let value?): fields[place].1 = value
            case (let place?, nil): fields.remove(at: place)
            case (nil, let value?): fields.append((name, value))
            case (nil, nil): break
            }
        }
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    /// A registration; `more` holds further members, each with a comma before it.
    package static func registration(
        _ workflow: String = "w-1", url: String = "https://a.example/hook", more: String = ""
    ) -> String {
        #"{"type":"webhook_registered","correlation_id":"\#(workflow)","webhook_url":"\#(url)"\#(more)}"#
    }

    package static func completion(_ workflow: String = "w-1") -> String {
        #"{"type":"workflow_completed","correlation_id":"\#(workflow)"}"#
    }

    /// - Parameter sequences: a JSON value; nil leaves the field out.
    package static func redelivery(_ sequences: String? = nil, of workflow: String = "w-1") -> String {
        let numbers = sequences.map { #","sequences":\#($0)"# } ?? ""
        return #"{"type":"redeliver","correlation_id":"\#(workflow)"\#(numbers)}"#
    }

    /// An artifact as the decoder returns it, made without the decoder.
    package static func published(
        _ id: String, of workflow: String? = "w", isPublic: Bool = true, payload: String = "{}", type: String = "Order",
        by producer: String = "alpha"
    ) -> PublishedArtifact {
        let line = Array(payload.utf8)
        let nothing = 0..<0
        return PublishedArtifact(
            artifactID: ArtifactID(id), correlationID: workflow.map { CorrelationID($0) }, artifactType: type,
            producedBy: producer, createdAt: nil, isPublic: isPublic, trace: nil, registration: nil,
            fragments: BodyFragments(
                line: line, artifactID: nothing, artifactType: nothing, producedBy: nothing, correlationID: nothing,
                payload: 0..<line.count, createdAt: nothing, tags: nil, timestamp: nothing))
    }
}
