import Domain
import TestSupport
import Testing

@Suite struct DeliveryFilterTests {
    static let types: [(filter: [String], type: String, admits: Bool)] = [
        (["Order"], "Order", true), (["Order"], "shop.models.Order", true),
        (["shop.models.Order"], "shop.models.Order", true),
        (["models.Order"], "shop.models.Order", false), (["Order"], "Orders", false),
        (["Order"], "shop.Order.Draft", false),
        (["order"], "Order", false), (["Draft", "Order"], "Order", true), ([""], "shop.", true), ([""], "shop", false),
        // The same letter, composed and decomposed.
        (["\u{E9}"], "e\u{301}", false), (["\u{E9}"], "x.\u{E9}", true),
    ]

    @Test("An entry matches the whole type, or what follows its last dot", arguments: types)
    func type(_ filter: [String], _ type: String, _ admits: Bool) {
        let filter = DeliveryFilter(events: [.artifactCreated], types: filter)
        #expect(filter.matches(SampleLine.published("a", type: type)) == admits)
    }

    @Test func anArtifactMustMatchTypesAndProducers() {
        let filter = DeliveryFilter(events: [.artifactCreated], types: ["Order"], producers: ["writer"])
        #expect(filter.matches(SampleLine.published("a", type: "Order", by: "writer")))
        #expect(!filter.matches(SampleLine.published("a", type: "Order", by: "other")))
        #expect(!filter.matches(SampleLine.published("a", type: "Draft", by: "writer")))
    }

    @Test func aRegistrationForCompletionsOnlyGetsNoArtifact() {
        #expect(!DeliveryFilter(events: [.workflowCompleted]).matches(SampleLine.published("a")))
    }
}
