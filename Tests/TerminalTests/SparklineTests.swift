import Terminal
import Testing

@Suite struct SparklineTests {
    static let lines: [(values: [Double?], maximum: Double, text: String)] = [
        ([], 1, ""), ([0, 1, 50, 100], 100, "▁▂▅█"), ([nil, 0, nil], 0, " ▁ "), ([200], 100, "█"), ([5], 0, "▁"),
    ]

    @Test("Bars are as high as the values; anything above zero is seen", arguments: lines)
    func text(_ values: [Double?], _ maximum: Double, _ text: String) {
        #expect(Sparkline.text(values, maximum: maximum) == text)
    }
}
