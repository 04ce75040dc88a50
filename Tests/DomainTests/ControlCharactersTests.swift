import Domain
import Foundation
import Testing

@Suite struct ControlCharactersTests {
    static let texts: [(text: String, shown: String)] = [
        ("", ""), ("plain text, \\u001b", "plain text, \\u001b"), ("\u{1B}[2J", "\\u001b[2J"),
        ("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"),
        ("\u{0}\u{7}\u{8}", "\\u0000\\u0007\\u0008"),
        ("\u{7F}\u{80}\u{9B}31m\u{9F}", "\\u007f\\u0080\\u009b31m\\u009f"),
        ("x\u{202E}cod.exe", "x\\u202ecod.exe"), ("\u{2066}\u{2069}\u{200F}\u{61C}", "\\u2066\\u2069\\u200f\\u061c"),
        ("a\u{2028}b\u{2029}", "a\\u2028b\\u2029"),
        ("e\u{301}\u{A0}\u{1F426}\u{200D}", "e\u{301}\u{A0}\u{1F426}\u{200D}"),
    ]

    @Test("Characters that control a terminal are shown as escapes; all others stay", arguments: texts)
    func escapes(_ text: String, _ shown: String) {
        #expect(ControlCharacters.escaped(text).unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test("JSON stays the same value")
    func json() throws {
        let value = ["\u{1B}\u{9B}\u{202E}": "a\n\u{7F}\u{2028}"]
        let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        let escaped = ControlCharacters.escaped(text)
        #expect(escaped.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(try JSONDecoder().decode([String: String].self, from: Data(escaped.utf8)) == value)
    }
}
