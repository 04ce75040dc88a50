/// What a colour means. The terminal's own palette is used, which its user has chosen to be readable.
package enum Tint: Sendable {
    case plain
    /// A title, or the figure that matters.
    case strong
    /// Text of little importance.
    case faint
    case good
    case warning
    case bad

    /// The parameters of SGR (ECMA-48, 8.3.117); nil: as the text around it.
    var code: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .warning: "33"
        case .bad: "31"
        }
    }
}
