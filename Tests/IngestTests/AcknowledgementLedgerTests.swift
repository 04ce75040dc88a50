import Ingest
import TestSupport
import Testing

@Suite struct AcknowledgementLedgerTests {
    static let cases: [(decided: [[Int]], acknowledged: [Int?])] = [
        ([[]], [nil]), ([[1]], [1]), ([[1], [2], [3]], [1, 2, 3]), ([[1, 2, 3]], [3]),
        ([[2], [3], [1]], [nil, nil, 3]),
        ([[1, 3], [2], [5], [4]], [1, 3, nil, 5]), ([[1], [1], [2]], [1, nil, 2]),
        ([[3, 2], [], [1]], [nil, nil, 3]),
    ]

    @Test("An acknowledgement never covers an undecided line", arguments: cases)
    func advances(_ decided: [[Int]], _ acknowledged: [Int?]) {
        var ledger = AcknowledgementLedger()
        let replies = decided.map { lines in
            for line in lines { ledger.decide(line) }
            return ledger.advance()
        }
        #expect(replies == acknowledged)
    }

    @Test func decisionsInAnyOrderEndWithTheLastLineAcknowledged() {
        var random = SeededGenerator(seed: 5)
        var ledger = AcknowledgementLedger()
        var decided: Set<Int> = []
        for line in (1...500).shuffled(using: &random) {
            ledger.decide(line)
            decided.insert(line)
            _ = ledger.advance()
            #expect(!decided.contains(ledger.acknowledged + 1))
            #expect((0..<ledger.acknowledged).allSatisfy { decided.contains($0 + 1) })
        }
        #expect(ledger.acknowledged == 500)
    }
}
