import Domain
import TestSupport
import Testing
import Webhook

@Suite struct CompletionBodyTests {
    private static let time = WallTime(microseconds: 1_614_265_330_500_000)

    @Test func theBodyHasTheKeysOfTheContractInTheirOrder() throws {
        let body = try CompletionBody.make(
            CorrelationID("w-1"), .timedOut, sequence: SequenceNumber(5),
            failed: [SequenceNumber(2), SequenceNumber(3)],
            at: Self.time)
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"event_type":"workflow.completed","correlation_id":"w-1","sequence":5,"status":"timed_out","#
                + #""artifacts":4,"failed":[2,3],"created_at":"\#(Self.time.iso8601)","timestamp":"\#(Self.time.iso8601)"}"#
        )
    }

    @Test(arguments: ["a\"b\\c/", "\u{1}\n\u{7F}\u{2028}", "é\u{1F600}"])
    func theCorrelationIDIsEscaped(_ id: String) throws {
        let body = try CompletionBody.make(
            CorrelationID(id), .idle, sequence: SequenceNumber(1), failed: [], at: Self.time)
        let json = try JSON(parsing: body)
        #expect(json.correlation_id.text == id && json.artifacts.number == 0)
    }
}
