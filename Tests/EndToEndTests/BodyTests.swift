import TestSupport
import Testing

extension EndToEndTests {
    /// Bodies hold the writer's own bytes, in both formats of docs/receivers.md.
    @Suite struct BodyTests {
        private static let payload =
            #"{"z":1.0, "a" :1e-7,"big":18446744073709551619,"neg":-0.0,"E":1E+2,"huge":1e300,"#
            + #""esc":"\u0041\/\ud83d\udc26\u0000\"","sep":"\#u{2028}\#u{1F426}","deep":[ [ { } ],[]\#t],"":null,"z":2}"#
        private static let tags = #"[ "b","a" , 1.0 ]"#

        /// Keys in another order than the body's, white space of all kinds, escapes in ids.
        private static let line =
            #" { "tags" : \#(tags) ,"payload":\#t\#(payload) ,"timestamp":"2026-11-23T13:40:02.577437Z","#
            + #""artifact_id":"a\u0031","extra":{"payload":{}},"artifact_type":"T\"ype","produced_by":"ünï","#
            + #""correlation_id":"c-1","created_at":"2026-11-23T13:40:02+00:00","version":1 } "#

        private func deliver(_ line: String, _ options: String = "", arguments: String...) async throws -> [RawRequest]
        {
            let receiver = try await RawReceiver()
            return try await TemporaryDirectory.with { directory in
                let relay = try RelayProcess(arguments, in: directory)
                defer { relay.end() }
                try await relay.waitUntilReady()
                let writer = try await relay.writer()
                try await writer.send(Lines.registration("c-1", receiver.url(), options), line)
                try await writer.waitForAcknowledgement(of: 3)
                return try await receiver.wait(for: 1)
            }
        }

        @Test func flatBodyKeepsEveryByte() async throws {
            let request = try await deliver(Self.line)[0]
            #expect(
                request.text == #"{"event_type":"artifact.created","artifact_id":"a\u0031","type":"T\"ype","#
                    + #""produced_by":"ünï","correlation_id":"c-1","sequence":1,"payload":\#(Self.payload),"#
                    + #""created_at":"2026-11-23T13:40:02+00:00","tags":\#(Self.tags),"#
                    + #""timestamp":"2026-11-23T13:40:02.577437Z"}"#)
        }

        @Test(arguments: [true, false])
        func flockBodyKeepsEveryByte(isRegistered: Bool) async throws {
            let requests =
                isRegistered
                ? try await deliver(Self.line, #","format":"flock""#)
                : try await deliver(Self.line, arguments: "--format", "flock")
            #expect(
                requests[0].text == #"{"event_type":"artifact.created","correlation_id":"c-1","sequence":1,"#
                    + #""artifact":{"id":"a\u0031","type":"T\"ype","produced_by":"ünï","payload":\#(Self.payload),"#
                    + #""created_at":"2026-11-23T13:40:02+00:00","tags":\#(Self.tags)},"#
                    + #""timestamp":"2026-11-23T13:40:02.577437Z"}"#)
        }

        @Test func fieldsMissingInTheLineHaveDefaultsInTheBody() async throws {
            let line =
                #"{"artifact_id":"a","correlation_id":"c-1","artifact_type":"T","produced_by":"p","payload":{},"#
                + #""timestamp":"yesterday","tags":null,"created_at":null}"#
            let request = try await deliver(line)[0]
            #expect(
                request.text == #"{"event_type":"artifact.created","artifact_id":"a","type":"T","produced_by":"p","#
                    + #""correlation_id":"c-1","sequence":1,"payload":{},"created_at":"yesterday","tags":[],"#
                    + #""timestamp":"yesterday"}"#)
        }

        /// A body beyond libcurl's limit for `Expect: 100-continue`, and far beyond every socket buffer.
        @Test func megabytesArriveWhole() async throws {
            let payload = #"{"blob":"\#(String(repeating: "0123456789abcdeé", count: 400_000))"}"#
            let request = try await deliver(Lines.artifact("a", "c-1", payload: payload))[0]
            let prefix =
                #"{"event_type":"artifact.created","artifact_id":"a","type":"Draft","produced_by":"alpha","#
                + #""correlation_id":"c-1","sequence":1,"payload":"#
            #expect(request.body.count > 6 << 20)
            #expect(request.body.starts(with: Array((prefix + payload).utf8)))
        }
    }
}
