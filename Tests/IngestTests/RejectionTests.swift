import Domain
import Ingest
import TestSupport
import Testing

@Suite struct RejectionTests {
    private static let long = String(repeating: "x", count: 257)

    /// An artifact with one more member.
    private static func second(_ member: String) -> String {
        String(SampleLine.artifact().dropLast()) + "," + member + "}"
    }

    static let lines: [(line: String, code: RejectionCode)] = [
        ("{", .invalidJSON), ("[1]", .notAnObject),
        (String(repeating: "{\"a\":", count: 513) + "1" + String(repeating: "}", count: 513), .tooDeep),
        (SampleLine.artifact(["correlation_id": nil]), .missingField),
        (SampleLine.artifact(["timestamp": nil]), .missingField),
        (SampleLine.artifact(["artifact_type": nil]), .missingField),
        (SampleLine.artifact(["produced_by": nil]), .missingField),
        (#"{"type":"webhook_registered","webhook_url":"https://h.example/"}"#, .missingField),
        (#"{"type":"webhook_registered","correlation_id":"w"}"#, .missingField),
        (#"{"type":"workflow_completed"}"#, .missingField), (#"{"type":"redeliver"}"#, .missingField),
        (SampleLine.artifact(["correlation_id": "1"]), .wrongType),
        (SampleLine.artifact(["timestamp": "1795441202"]), .wrongType),
        (SampleLine.artifact(["timestamp": "null"]), .wrongType),
        (SampleLine.artifact(["artifact_id": "null"]), .wrongType),
        (SampleLine.artifact(["artifact_id": "7"]), .wrongType),
        (SampleLine.artifact(["artifact_type": "[]"]), .wrongType),
        (SampleLine.artifact(["produced_by": "true"]), .wrongType),
        (SampleLine.artifact(["payload": "[]"]), .wrongType), (SampleLine.artifact(["payload": "null"]), .wrongType),
        (SampleLine.artifact(["payload": #""{}""#]), .wrongType), (SampleLine.artifact(["tags": "{}"]), .wrongType),
        (SampleLine.artifact(["created_at": "1"]), .wrongType), (SampleLine.artifact(["webhook_url": "1"]), .wrongType),
        (#"{"type":"workflow_completed","correlation_id":null}"#, .wrongType),
        (SampleLine.redelivery("3"), .wrongType), (SampleLine.redelivery(#""3""#), .wrongType),
        (SampleLine.redelivery("[3]").replacing("}", with: #","sequences":[4]}"#), .duplicateKey),
        (#"{"type":"hello","acks":1}"#, .wrongType), (#"{"type":"hello","grace":"no"}"#, .wrongType),
        (SampleLine.registration(more: #","ordering":1"#), .wrongType),
        (SampleLine.registration(more: #","max_retries":"5""#), .wrongType),
        (SampleLine.registration(more: #","webhook_secret":7"#), .wrongType),
        (second(#""artifact_id":"b""#), .duplicateKey),
        (second(#""artifact\u005fid":"b""#), .duplicateKey),
        (second(#""payload":{}"#), .duplicateKey),
        (second(#""correlation_id":null"#), .duplicateKey),
        (second(#""timestamp":"2026""#), .duplicateKey),
        (SampleLine.registration(more: #","webhook_url":"https://b.example/""#), .duplicateKey),
        (#"{"type":"hello","type":"workflow_completed"}"#, .duplicateKey),
        (SampleLine.artifact(["artifact_id": #""""#]), .invalidValue),
        (SampleLine.artifact(["artifact_id": "\"\(long)\""]), .invalidValue),
        (SampleLine.artifact(["correlation_id": "\"\(long)\""]), .invalidValue),
        (SampleLine.artifact(["artifact_type": "\"\(String(repeating: "t", count: 1_025))\""]), .invalidValue),
        (SampleLine.artifact(["artifact_id": #""a\u0000b""#]), .invalidValue),
        (SampleLine.artifact(["artifact_id": #""\u0000""#]), .invalidValue),
        (SampleLine.artifact(["correlation_id": #""c\u0000""#]), .invalidValue),
        (SampleLine.registration(#"c\u0000"#), .invalidValue), (SampleLine.completion(#"\u0000c"#), .invalidValue),
        (SampleLine.redelivery("[3]", of: ""), .invalidValue), (SampleLine.completion(""), .invalidValue),
        (SampleLine.registration(long), .invalidValue),
        (SampleLine.registration(more: #","ordering":"random""#), .invalidValue),
        (SampleLine.registration(more: #","ordering":"Ordered""#), .invalidValue),
        (SampleLine.registration(more: #","format":"xml""#), .invalidValue),
        (SampleLine.registration(more: #","max_retries":-1"#), .invalidValue),
        (SampleLine.artifact(["correlation_id": "null", "webhook_url": #""https://h.example/""#]), .invalidValue),
        (SampleLine.registration(url: ""), .invalidURL), (SampleLine.registration(url: "h.example"), .invalidURL),
        (SampleLine.registration(url: "https://u:p@h.example/"), .invalidURL),
        (SampleLine.artifact(["webhook_url": #""https://h.example/a b""#]), .invalidURL),
        (SampleLine.registration(url: "https://-\u{FC}.example/"), .invalidURL),
        (SampleLine.registration(url: "https://h.example/\u{FC}"), .invalidURL),
        (SampleLine.registration(url: "ftp://h.example/"), .unsupportedURL),
        (SampleLine.registration(more: #","webhook_secret":"""#), .invalidSecret),
        (SampleLine.registration(more: #","webhook_secret":"whsec_%%""#), .invalidSecret),
        (
            SampleLine.registration(more: ",\"webhook_secret\":\"\(String(repeating: "s", count: 1_025))\""),
            .invalidSecret
        ),
        (SampleLine.artifact(["webhook_url": #""https://h.example/""#, "webhook_secret": #""""#]), .invalidSecret),
    ]

    @Test("Every invalid line is rejected with its code", arguments: lines)
    func code(_ line: String, _ code: RejectionCode) {
        let rejection = #expect(throws: Rejection.self) { try EventDecoder().decode(Array(line.utf8)) }
        #expect(rejection?.code == code)
        let message = rejection?.message ?? ""
        #expect(!message.isEmpty)
        #expect(!message.contains { "\"\\\n\r\t".contains($0) }, "the message goes into a JSON string unescaped")
        #expect(!message.contains("example") && !message.contains("xxx") && !message.contains("%%"))
    }

    @Test("A duplicate of an unused key is accepted")
    func harmlessDuplicates() throws {
        let line = Self.second(#""version":2,"custom":1,"custom":2"#)
        #expect(try EventDecoder().decode(Array(line.utf8)).kind == .messagePublished)
    }

    @Test("Other control characters and a backslash with a 0 are parts of an id")
    func otherCharacters() throws {
        for id in [#"a\u0001b"#, #"a\\u0000b"#, #"\u007f"#, "\u{2400}"] {
            let line = SampleLine.artifact(["artifact_id": "\"\(id)\"", "correlation_id": "\"\(id)\""])
            #expect(try EventDecoder().decode(Array(line.utf8)).kind == .messagePublished, "\(id)")
        }
    }

    @Test("Ids have 1 to 256 bytes after decoding", arguments: [1, 128, 256])
    func lengths(_ count: Int) throws {
        let plain = String(repeating: "x", count: count)
        let escaped = String(repeating: #"\u0078"#, count: count)
        for id in [plain, escaped] {
            let line = SampleLine.artifact(["artifact_id": "\"\(id)\"", "correlation_id": "\"\(id)\""])
            #expect(try EventDecoder().decode(Array(line.utf8)).kind == .messagePublished)
        }
        let wide = SampleLine.artifact(["artifact_id": "\"" + String(repeating: "\u{FC}", count: 129) + "\""])
        #expect(throws: Rejection.self) { try EventDecoder().decode(Array(wide.utf8)) }
    }

    @Test func randomDamageNeverTraps() {
        var random = SeededGenerator(seed: 4)
        let lines = [SampleLine.artifact(), SampleLine.registration(more: #","max_retries":5"#)].map { Array($0.utf8) }
        for _ in 0..<30_000 {
            var line = lines[Int.random(in: 0..<2, using: &random)]
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                line[Int.random(in: line.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { line.removeLast(Int.random(in: 0..<line.count, using: &random)) }
            _ = try? EventDecoder().decode(line)
        }
    }

    @Test func codesAreTheDocumentedOnes() {
        #expect(
            Set(RejectionCode.allCases.map(\.rawValue)) == [
                "invalid_json", "not_an_object", "too_deep", "too_long", "missing_field", "wrong_type", "duplicate_key",
                "invalid_value", "invalid_url", "unsupported_url", "address_not_allowed", "invalid_secret", "gone",
            ])
    }
}
