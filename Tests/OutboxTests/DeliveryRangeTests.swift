import Outbox
import Testing

@Suite struct DeliveryRangeTests {
    @Test("Ranges cover all numbers once, in lengths that differ by one at most")
    func division() {
        for last in Int64(1)...60 {
            for count in [1, 2, 3, 7, 59, 60, 61, 500] {
                let ranges = DeliveryRange.dividing(last, into: count)
                #expect(ranges.count == min(count, Int(last)))
                #expect(ranges.flatMap { Array($0.sequences) } == Array(1...last))
                let lengths = ranges.map(\.sequences.count)
                #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
                for (index, range) in ranges.enumerated() {
                    for number in range.sequences {
                        #expect(DeliveryRange.index(of: number, last: last, count: ranges.count) == index)
                    }
                }
            }
        }
        #expect(DeliveryRange.dividing(0, into: 5).isEmpty && DeliveryRange.dividing(5, into: 0).isEmpty)
    }
}
