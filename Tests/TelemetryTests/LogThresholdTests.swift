import Logging
import Telemetry
import Testing

@Suite struct LogThresholdTests {
    @Test func oneThresholdForAllLoggers() {
        let threshold = LogThreshold(.warning)
        let loggers = ["a", "b"].map { label in
            Logger(label: label) { _ in LineLogHandler(format: .json, threshold: threshold, buffer: LogBuffer()) }
        }
        #expect(loggers.map(\.logLevel) == [.warning, .warning])
        threshold.level = .debug
        #expect(loggers.map(\.logLevel) == [.debug, .debug])
    }

    @Test func metadataIsTheLoggersOwn() {
        let threshold = LogThreshold(.critical)
        var one = LineLogHandler(format: .text, threshold: threshold, buffer: LogBuffer())
        let other = one
        one[metadataKey: "k"] = "v"
        #expect(one[metadataKey: "k"] == "v")
        #expect(other[metadataKey: "k"] == nil)
    }

    @Test func processFiguresAreRead() {
        #expect(ProcessFigures.residentMemory > 1_000_000)
        #expect(ProcessFigures.processorSeconds > 0)
        #expect(ProcessFigures.openFiles >= 3)
    }
}
