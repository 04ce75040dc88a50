/// What is sent to a registration: the events, and for artifacts their types and producers.
package struct DeliveryFilter: Hashable, Sendable {
    package let events: Set<WebhookEvent>
    /// Types of artifacts; nil: all. An entry matches a whole type, or what follows its last dot.
    package let types: [String]?
    /// Names of producers; nil: all.
    package let producers: [String]?

    /// Every artifact, and nothing else.
    package static let `default` = DeliveryFilter(events: [.artifactCreated])

    package init(events: Set<WebhookEvent>, types: [String]? = nil, producers: [String]? = nil) {
        self.events = events
        self.types = types
        self.producers = producers
    }

    /// The names of the events, sorted; nil: the default.
    package var eventNames: [String]? { events == Self.default.events ? nil : events.map(\.rawValue).sorted() }

    package func matches(_ artifact: PublishedArtifact) -> Bool {
        guard events.contains(.artifactCreated) else { return false }
        if let producers, !producers.contains(where: { $0.utf8.elementsEqual(artifact.producedBy.utf8) }) {
            return false
        }
        guard let types else { return true }
        let whole = artifact.artifactType.utf8
        let short = whole.lastIndex(of: UInt8(ascii: ".")).map { whole[whole.index(after: $0)...] }
        return types.contains { type in
            type.utf8.elementsEqual(whole) || short.map(type.utf8.elementsEqual) ?? false
        }
    }
}
