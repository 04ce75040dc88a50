import Domain
import Ingest
import TestSupport
import Testing

/// RFC 8259, value by value.
@Suite struct JSONScannerTests {
    static let values: [(text: String, kind: JSONMember.Kind)] = [
        ("null", .null), ("true", .boolean), ("false", .boolean), (#""""#, .string), ("{}", .object), ("[]", .array),
        ("0", .number), ("-0", .number), ("1", .number), ("-1", .number), ("10", .number), ("0.0", .number),
        ("-0.0", .number), ("1.50", .number), ("1e0", .number), ("1E+07", .number), ("1e-7", .number),
        ("0e00", .number), ("1.5e300", .number), ("1e99999", .number), ("18446744073709551619", .number),
        (#""a b""#, .string), (#""\"\\\/\b\f\n\r\t""#, .string), (#""\u0000\u001f\uFFFF""#, .string),
        (#""\ud83d\udc26""#, .string), (#""\uD83D\uDC26\u00fc""#, .string), (#""\udbff\udfff""#, .string),
        ("\"\u{7F}\u{80}\u{2028}\u{2029}\u{FEFF}\"", .string), ("\"\u{1F426}\u{10FFFF}\u{D7FF}\u{E000}\"", .string),
        (#""{[,:\"""#, .string), ("[ ]", .array), ("[1]", .array), ("[1,\t2 ,\r3]", .array), ("[[],[{}],{}]", .array),
        (#"{"":{"":""}}"#, .object), (#"{ "a" : [ 1 , { "b" : null } ] }"#, .object), (#"{"a":1,"a":2}"#, .object),
    ]

    @Test("Every valid value is found at its position", arguments: values)
    func accepts(_ text: String, _ kind: JSONMember.Kind) throws {
        let line = Array("\t{ \"before\" : 0 ,\"key\":  \(text) , \"behind\":[] }\r".utf8)
        let members = try JSONScanner.members(of: line)
        try #require(members.count == 3)
        #expect(String(decoding: line[members[1].key], as: UTF8.self) == "key")
        #expect(Array(line[members[1].value]) == Array(text.utf8))
        #expect(members.map(\.kind) == [.number, kind, .array])
    }

    static let broken = [
        "", ",", "nul", "nulll", "NULL", "True", "tru", "truefalse", "undefined", "NaN", "Infinity", "-Infinity", "+1",
        "01", "-01", "00", ".5", "-.5", "1.", "1.e1", "-", "--1", "1e", "1e+", "1E-", "1e1.5", "1.2.3", "0x10", "1_000",
        "1 2", "'a'", "a", #""a"#, #"a""#, #""a" "b""#, #""\""#, #""\x41""#, #""\a""#, #""\'""#, #""\0""#, #""\u""#,
        #""\u123""#, #""\u12g4""#, #""\u+123""#, #""\U0041""#, #""\ud83d""#, #""\udc26""#, #""\ud83dx""#,
        #""\ud83d\n""#, #""\ud83d\ud83d""#, #""\udc26\ud83d""#, #""\ud83d\u0041""#, #""\ud83d\udc2""#,
        "\"\u{0}\"", "\"\u{1}\"", "\"\u{1F}\"", "\"\t\"", "\"\n\"", "\"\r\"", "[", "]", "[1", "[1,", "[1,]", "[,1]",
        "[1 2]", "[1:2]", "[1}", "[\"a\":1]", "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a":1,}"#,
        #"{,"a":1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{1:2}", "{null:1}", #"{"a":1]"#, #"{"a"::1}"#, #"{"a":1,,"b":2}"#,
        "/**/1", "1//", "\u{A0}1", "1\u{A0}", "\u{2028}", "\u{B}1", "\u{C}1", "\u{FEFF}1", "\u{0}", "1\u{0}",
    ]

    @Test("Every malformed value is invalid JSON", arguments: broken)
    func rejects(_ text: String) {
        #expect(code("{\"key\":\(text)}") == .invalidJSON)
        #expect(code("{\"key\":[\(text)]}") == (text.isEmpty ? nil : .invalidJSON))
    }

    @Test(
        "A line that is not exactly one value is invalid JSON",
        arguments: [
            "{", "}", "{}}", "{}{}", "{} {}", "{}x", "{},", "{}\u{0}", "\u{FEFF}{}", "{\"a\":1", "{\"a\":1,", "{\"a\"",
            "{\"a\":", "{\"", "{,}", "{\"a\":1,}", "[", "[}", "\"", "\"\\", "\"\\u", "-", "tru", "nul\u{0}", " ",
        ])
    func rejectsLine(_ text: String) { #expect(code(text) == .invalidJSON) }

    @Test(
        "Valid JSON that is not an object is reported as such",
        arguments: ["null", "true", " 1 ", "-1e5", #""text""#, "[]", #"[{"payload":{}}]"#, "\t\"{}\"\r"])
    func rejectsOtherKinds(_ text: String) { #expect(code(text) == .notAnObject) }

    @Test(
        "Bytes that are not UTF-8 are invalid JSON (Unicode 16, table 3-7)",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80],
            [0xF1, 0x80, 0x80, 0x20], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFE], [0xFF], [0xFF, 0xFE],
        ] as [[UInt8]])
    func rejectsBytes(_ bytes: [UInt8]) {
        for (start, end) in [("{\"a\":\"", "\"}"), ("{\"", "\":1}"), ("{\"a\":\"x", ""), ("", "{}")] {
            #expect(code(Array(start.utf8) + bytes + Array(end.utf8)) == .invalidJSON)
        }
    }

    @Test func everyUTF8ScalarIsAcceptedAndEveryTruncationRejected() {
        for value in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF] as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(Character(scalar)).utf8)
            let start = Array("{\"a\":\"".utf8)
            let end = Array("\"}".utf8)
            #expect(code(start + bytes + end) == nil)
            for count in 1..<bytes.count { #expect(code(start + bytes.prefix(count) + end) == .invalidJSON) }
        }
    }

    @Test func everyPrefixOfALineIsInvalid() {
        let line = Array(#"{"a":[1.5e-3,"\ud83d\udc26\u00fcü"],"b":{"c":null,"d":true}}"#.utf8)
        for count in 0..<line.count { #expect(code(Array(line.prefix(count))) == .invalidJSON, "\(count) bytes") }
        #expect(code(line) == nil)
    }

    static let depths: [(depth: Int, code: RejectionCode?)] = [
        (511, nil), (512, nil), (513, .tooDeep), (10_000, .tooDeep), (1_000_000, .tooDeep),
    ]

    @Test("At most 512 levels are accepted, the top-level object included", arguments: depths)
    func depth(_ depth: Int, _ expected: RejectionCode?) {
        let arrays =
            "{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        #expect(code(arrays) == expected)
        let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(code(objects) == expected)
        let unclosed = "{\"a\":" + String(repeating: "[", count: depth - 1)
        #expect(code(unclosed) == (expected ?? .invalidJSON))
        #expect(
            code(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
                == (expected ?? .notAnObject))
    }

    @Test func depthCountsOnlyContainersThatAreOpenAtOnce() {
        #expect(code("{\"a\":[" + Array(repeating: "[{}]", count: 10_000).joined(separator: ",") + "]}") == nil)
    }

    private func code(_ text: String) -> RejectionCode? { code(Array(text.utf8)) }

    private func code(_ line: [UInt8]) -> RejectionCode? {
        do throws(Rejection) {
            _ = try JSONScanner.members(of: line)
            return nil
        } catch {
            return error.code
        }
    }
}
