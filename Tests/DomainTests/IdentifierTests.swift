import Domain
import Testing

@Suite struct IdentifierTests {
    /// Swift's strings compare canonically equivalent texts as equal; ids are equal only if their bytes are.
    static let lookAlikes: [(String, String)] = [
        ("caf\u{E9}", "cafe\u{301}"), ("\u{212B}", "\u{C5}"), ("K-1", "\u{212A}-1"), ("\u{1100}\u{1161}", "\u{AC00}"),
    ]

    @Test("Ids that look alike but differ in bytes are different", arguments: lookAlikes)
    func idsAreBytes(_ one: String, _ other: String) {
        #expect(Array(one.utf8) != Array(other.utf8))
        #expect(CorrelationID(one) != CorrelationID(other))
        #expect(ArtifactID(one) != ArtifactID(other))
        let workflow = CorrelationID("w")
        #expect(Set([ArtifactKey(workflow, ArtifactID(one)), ArtifactKey(workflow, ArtifactID(other))]).count == 2)
        #expect([CorrelationID(one): 1][CorrelationID(other)] == nil)
        #expect([CorrelationID(one): 1][CorrelationID(one)] == 1)
    }

    @Test func theSameArtifactIDInTwoWorkflowsIsTwoKeys() {
        let id = ArtifactID("a")
        #expect(ArtifactKey(CorrelationID("w"), id) != ArtifactKey(CorrelationID("v"), id))
        #expect(ArtifactKey(CorrelationID("w"), id) == ArtifactKey(CorrelationID("w"), ArtifactID("a")))
    }

    @Test func nextSequenceNumberIsOneHigher() {
        #expect(SequenceNumber(0).next == SequenceNumber(1))
        #expect(SequenceNumber(9) < SequenceNumber(10))
        #expect(DeliveryID(9) < DeliveryID(10))
    }
}
