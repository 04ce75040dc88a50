import Intake
import Testing

@Suite struct CommitShareTests {
    static let shares: [(sizes: [Int], places: [Int])] = [
        ([], []), ([5], [0]), ([50], [0]), ([5, 10], [0, 1]), ([5, 11], [0]), ([6, 6, 4, 6, 0], [0, 1, 2, 4]),
        ([50, 1, 1], [0, 1, 2]), ([50, 10, 1, 0], [0, 1, 3]), ([1, 50, 1], [0, 2]),
    ]

    @Test("The first one, and ten bytes of the others", arguments: shares)
    func places(_ sizes: [Int], _ places: [Int]) {
        #expect(CommitShare.places(of: sizes, within: 10) == places)
    }
}
