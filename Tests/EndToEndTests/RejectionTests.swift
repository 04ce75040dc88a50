import TestSupport
import Testing

extension EndToEndTests {
    /// Rejected lines with their codes, and the valid lines around them.
    @Suite struct RejectionTests {
        private static func registration(_ url: String, _ more: String = "") -> String {
            Lines.registration("other", url, more)
        }

        /// An object with this many levels, itself included.
        private static func deep(_ depth: Int) -> String {
            let lists = String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
            return #"{"x":\#(lists)}"#
        }

        /// Each invalid line with its code.
        static let bad: [(line: [UInt8], code: String)] =
            [
                ("{", "invalid_json"), (#"{"a":1"#, "invalid_json"), (#"{"a":1}}"#, "invalid_json"),
                (#"{"a":1,}"#, "invalid_json"), (#"{"a":01}"#, "invalid_json"), (#"{"a":NaN}"#, "invalid_json"),
                (#"{'a':1}"#, "invalid_json"), (#"{"a":"\ud800"}"#, "invalid_json"), ("nonsense", "invalid_json"),
                (#"{"a":"\x41"}"#, "invalid_json"), ("{\"a\":\"\u{1}\"}", "invalid_json"), ("{} {}", "invalid_json"),
                ("\u{FEFF}{}", "invalid_json"), ("\u{A0}", "invalid_json"), ("{\"a\":1}\u{0}", "invalid_json"),
                ("[]", "not_an_object"), (#""text""#, "not_an_object"), ("1.5", "not_an_object"),
                ("null", "not_an_object"),
                (deep(10_000), "too_deep"), (deep(513), "too_deep"), (String(repeating: "[", count: 9_999), "too_deep"),
                (#"{"payload":{},"artifact_id":"a"}"#, "missing_field"),
                (#"{"type":"webhook_registered","correlation_id":"c"}"#, "missing_field"),
                (#"{"type":"workflow_completed"}"#, "missing_field"),
                (Lines.artifact("a", "c").replacing(#""c""#, with: "7"), "wrong_type"),
                (Lines.artifact("a", "c", payload: "[]"), "wrong_type"),
                (Lines.artifact("a", "c", payload: "null"), "wrong_type"),
                (Lines.artifact("a", "c").replacing(#""a""#, with: "null"), "wrong_type"),
                (Lines.artifact("a", "c").replacing(#""tags":[]"#, with: #""tags":{}"#), "wrong_type"),
                (#"{"type":"hello","acks":"yes"}"#, "wrong_type"),
                (registration("http://a.example/", #","max_retries":"3""#), "wrong_type"),
                (Lines.artifact("a", "c", #","artifact_id":"b""#), "duplicate_key"),
                (Lines.artifact("a", "c", #","correlation\u005fid":"d""#), "duplicate_key"),
                (Lines.artifact("a", "c", #","payload":{}"#), "duplicate_key"),
                (registration("http://a.example/", #","webhook_url":"http://b.example/""#), "duplicate_key"),
                (Lines.artifact("", "c"), "invalid_value"),
                (Lines.artifact(String(repeating: "é", count: 129), "c"), "invalid_value"),
                (Lines.artifact("a", String(repeating: "c", count: 257)), "invalid_value"),
                (registration("http://a.example/", #","max_retries":-1"#), "invalid_value"),
                (registration("http://a.example/", #","max_retries":1.5"#), "invalid_value"),
                (registration("http://a.example/", #","format":"xml""#), "invalid_value"),
                (registration("http://a.example/", #","ordering":"random""#), "invalid_value"),
                (registration("nonsense"), "invalid_url"), (registration(""), "invalid_url"),
                (registration("http://"), "invalid_url"), (registration("http://user:pw@a.example/"), "invalid_url"),
                (registration("http://a.example:99999/"), "invalid_url"), (registration("http://a b/"), "invalid_url"),
                (registration(#"http://a.example\n/"#), "invalid_url"),
                (registration("ftp://a.example/"), "unsupported_url"),
                (registration("http://[::1]/"), "address_not_allowed"),
                (registration("http://10.0.0.1/"), "address_not_allowed"),
                (registration("https://169.254.169.254/"), "address_not_allowed"),
                (registration("http://2852039166/"), "address_not_allowed"),
                (registration("http://0xA9FEA9FE/"), "address_not_allowed"),
                (registration("http://0251.0376.0251.0376/"), "address_not_allowed"),
                (registration("http://0.0.0.0/"), "address_not_allowed"),
                (registration("http://a.example/", #","webhook_secret":"""#), "invalid_secret"),
                (registration("http://a.example/", #","webhook_secret":"whsec_!!!""#), "invalid_secret"),
                (registration("http://a.example/", #","webhook_secret":"whsec_""#), "invalid_secret"),
            ].map { (Array($0.0.utf8), $0.1) }
            + [
                (Array(0...9) + Array(11...255), "invalid_json"), ([0xFF, 0xFE], "invalid_json"),
                (Array(#"{"a":""#.utf8) + [0xC0, 0xAF] + Array("\"}".utf8), "invalid_json"),
                (Array(#"{"a":""#.utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8), "invalid_json"),
                (Array(#"{"a":""#.utf8) + [0xF4, 0x90, 0x80, 0x80] + Array("\"}".utf8), "invalid_json"),
                (Array(#"{"a":""#.utf8) + [0xE2, 0x80], "invalid_json"),
            ]

        /// Invalid and valid lines alternate on one connection.
        @Test func eachInvalidLineIsRejectedAndTheValidOnesAreDelivered() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()))
                var expected: [Int: String] = [:]
                var bytes: [UInt8] = []
                for (index, (line, code)) in Self.bad.enumerated() {
                    expected[3 + 2 * index] = code
                    bytes += line + [0x0A] + Array(Lines.artifact("a\(index)", "c-1").utf8) + [0x0A]
                }
                try await writer.write(bytes)
                try await writer.waitForAcknowledgement(of: 2 + 2 * Self.bad.count)
                for (line, code) in expected {
                    let text = String(decoding: Self.bad[(line - 3) / 2].line.prefix(60), as: UTF8.self)
                    #expect(writer.rejections[line] == code, "\(text)")
                }
                #expect(writer.rejections.count == expected.count)
                try checkOrder(of: writer.replies)
                try await relay.waitForDeliveries(delivered: Self.bad.count)
                #expect(receiver.requests.count == Self.bad.count)
                try await checkCounts(relay)
            }
        }

        /// A rejection comes before every acknowledgement that covers its line, and acknowledgements only grow.
        private func checkOrder(of replies: [LineClient.Reply]) throws {
            var acknowledged = 0
            for reply in replies {
                switch reply {
                case .ack(let line):
                    #expect(line > acknowledged)
                    acknowledged = line
                case .rejected(let line, _): #expect(line > acknowledged)
                case .strange(let text): Issue.record("unexpected reply: \(text)")
                }
            }
        }

        private func checkCounts(_ relay: RelayProcess) async throws {
            let expected = Dictionary(grouping: Self.bad, by: \.code).mapValues(\.count)
            let status = try await relay.status()
            #expect(status.refused.object.mapValues(\.count) == expected)
            let metrics = try await relay.ask("/metrics")
            for (code, count) in expected {
                #expect(metrics.sample("flock_relay_rejected_lines_total{code=\"\(code)\"}") == Double(count))
            }
            let logged = relay.logRecords("A line was rejected")
            #expect(!logged.isEmpty && logged.allSatisfy { $0.connection.number != nil && $0.line.number != nil })
        }

        @Test func unusualButValidLinesAreAccepted() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()))
                let sound = [
                    "", "\r", Lines.artifact("a1", "c-1") + "\r", "{}", #"{"type":"unknown type"}"#, #"{"type":7}"#,
                    "\t " + Lines.artifact("a2", "c-1", payload: Self.deep(511)) + "  \r",
                    Lines.artifact("a3", "c-1").replacing(#""artifact_id""#, with: #""\u0061rtifact_id""#),
                    Lines.artifact(String(repeating: "é", count: 128), "c-1"),
                    Lines.artifact("a4", "c-1", #","twice":1,"twice":2"#),
                    Lines.artifact("a5", "c-1", payload: #"{"payload":{"x":1},"x":2,"x":3}"#),
                ]
                try await writer.send(sound)
                try await writer.waitForAcknowledgement(of: 2 + sound.count)
                #expect(writer.rejections == [:])
                try await relay.waitForDeliveries(delivered: 6)
                #expect(receiver.requests.map(\.sequence).sorted() == Array(1...6))
                #expect(try await relay.status().received.unknown.count == 3)
            }
        }

        /// A line of exactly the limit is accepted, one byte more is rejected, in whatever pieces the bytes arrive.
        @Test func aLineBeyondMaxLineIsRejected() async throws {
            let cap = 64 << 10
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--max-line", "64KiB") { relay in
                let writer = try await relay.writer(grace: false)
                func line(_ id: String, _ length: Int) -> String {
                    let empty = Lines.artifact(id, "c-1", payload: #"{"x":""}"#).utf8.count
                    return Lines.artifact(
                        id, "c-1", payload: #"{"x":"\#(String(repeating: "x", count: length - empty))"}"#)
                }
                try await writer.send(
                    Lines.registration("c-1", receiver.url()), line("a1", cap), line("a2", cap + 1),
                    line("a3", cap - 1),
                    line("a4", 5 * cap), line("a5", cap))
                try await writer.waitForAcknowledgement(of: 7)
                #expect(writer.rejections == [4: "too_long", 6: "too_long"])
                try await relay.waitForDeliveries(delivered: 3)
                #expect(Set(receiver.requests.map(\.artifact)) == ["a1", "a3", "a5"])
                #expect(try await relay.status().refused.too_long.count == 2)
            }
        }

        /// The relay skips the line as it arrives and never holds more of it than the limit.
        @Test func aHundredMegabytesWithoutLineEndTakeNoMemory() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"))
                let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
                for _ in 0..<100 { try await writer.write(megabyte) }
                try await writer.send("", Lines.artifact("a2", "c-1"))
                try await writer.waitForAcknowledgement(of: 5)
                #expect(writer.rejections == [4: "too_long"])
                try await relay.waitForDeliveries(delivered: 2)
                let memory = try await relay.ask("/metrics").sample("process_resident_memory_bytes")
                #expect(memory > 0 && memory < 150e6)
            }
        }
    }
}
