import Sending
import Testing

@Suite struct StallClockTests {
    private static let millisecond: StallClock.Nanoseconds = 1_000_000

    /// Milliseconds that are counted for questions, each with when it was due and answered.
    private func total(_ questions: (due: UInt64, answered: UInt64)...) -> UInt64 {
        var clock = StallClock()
        for question in questions {
            clock.note(due: question.due * Self.millisecond, answered: question.answered * Self.millisecond)
        }
        return clock.total / Self.millisecond
    }

    @Test func promptAnswersAreNoStall() {
        #expect(total() == 0)
        #expect(total((1_000, 1_000), (2_000, 2_001), (3_000, 3_500)) == 0)
    }

    @Test func aLateAnswerCountsFromWhenItWasDue() {
        #expect(total((1_000, 1_501)) == 501)
        #expect(total((1_000, 3_500), (4_000, 4_000), (5_000, 5_600)) == 3_100)
    }

    @Test func overlappingStallsCountOnce() {
        #expect(total((1_000, 3_000), (1_500, 3_000)) == 2_000, "asked twice in one stall")
        #expect(total((1_500, 3_000), (1_000, 3_000)) == 1_500, "answered in another order: rather too little")
        #expect(total((1_000, 3_000), (2_500, 3_600)) == 2_600, "one goes on where the other ended")
    }

    @Test func noClockRunsBackwards() {
        #expect(total((2_000, 1_000)) == 0)
        #expect(total((1_000, 3_000), (1_200, 2_000)) == 2_000)
    }
}
