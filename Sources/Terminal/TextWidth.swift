/// How many columns of a terminal a text takes: two for wide characters of East Asian scripts and most pictures, none for
/// marks that combine with the character before.
package enum TextWidth {
    /// The blocks that Unicode calls wide (UAX 11), besides pictures. glibc's `wcwidth` is hidden from Swift.
    private static let wideBlocks: [ClosedRange<UInt32>] = [
        0x1100...0x115F,  // Hangul Jamo
        0x2E80...0x303E,  // Radicals, CJK punctuation
        0x3041...0xA4CF,  // Kana, CJK, Yi
        0xA960...0xA97F, 0xAC00...0xD7A3,  // Hangul
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,  // Compatibility and full-width forms
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,  // Tangut, Khitan, further kana
        0x20000...0x3FFFD,  // CJK
    ]

    package static func columns(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + columns($1) }
    }

    /// The beginning of a text that takes at most `width` columns. What is cut is replaced by an ellipsis.
    package static func cut(_ text: String, to width: Int) -> String {
        guard columns(text) > width else { return text }
        guard width > 0 else { return "" }
        var kept = ""
        var left = width - 1
        for scalar in text.unicodeScalars {
            left -= columns(scalar)
            if left < 0 { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x80 { return 1 }
        let properties = scalar.properties
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: 0
        default: properties.isEmojiPresentation || wideBlocks.contains { $0 ~= scalar.value } ? 2 : 1
        }
    }
}
