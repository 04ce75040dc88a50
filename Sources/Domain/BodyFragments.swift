/// The JSON values of one artifact, as the writer's bytes. They are copied into bodies and never re-encoded.
package struct BodyFragments: Sendable {
    package let line: [UInt8]
    package let artifactID: Range<Int>
    package let artifactType: Range<Int>
    package let producedBy: Range<Int>
    package let correlationID: Range<Int>
    package let payload: Range<Int>
    package let createdAt: Range<Int>
    /// nil: `[]`.
    package let tags: Range<Int>?
    package let timestamp: Range<Int>

    /// All ranges are indices of `line`.
    package init(
        line: [UInt8], artifactID: Range<Int>, artifactType: Range<Int>, producedBy: Range<Int>,
        correlationID: Range<Int>, payload: Range<Int>, createdAt: Range<Int>, tags: Range<Int>?,
        timestamp: Range<Int>
    ) {
        self.line = line
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.producedBy = producedBy
        self.correlationID = correlationID
        self.payload = payload
        self.createdAt = createdAt
        self.tags = tags
        self.timestamp = timestamp
    }
}
