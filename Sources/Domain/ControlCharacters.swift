/// Characters that control a terminal or change the order of what it shows.
package enum ControlCharacters {
    /// The text with each of them as `\u` and four digits, which in JSON stands for the same character.
    ///
    /// Ids, types and headers come from outside. Shown as they are, they could clear the screen or forge lines.
    package static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                shown += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// C0, DEL and C1; line and paragraph separators; marks, embeddings, overrides and isolates of the bidirectional
    /// algorithm (UAX 9).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028...0x2029: true
        case 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
