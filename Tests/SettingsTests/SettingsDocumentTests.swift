import Foundation
import Settings
import Testing

/// The table of settings in docs/operations.md is made from the table in the code.
///
/// `UPDATE_DOCS=1 swift test --filter SettingsDocumentTests` writes it.
@Suite struct SettingsDocumentTests {
    private static let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/operations.md").standardizedFileURL
    private static let markers = (start: "<!-- settings -->\n", end: "<!-- /settings -->\n")

    private static var table: String {
        let rows = Setting.table.map { setting in
            let reload = setting.isReloadable ? "yes" : ""
            return
                "| `\(setting.name)` | \(setting.defaultDescription) | \(setting.form) | \(reload) | \(setting.help) |\n"
        }
        return "| key | default | form | SIGHUP | meaning |\n|---|---|---|---|---|\n" + rows.joined()
    }

    @Test("The document has the table of the code")
    func isCurrent() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let start = try #require(text.range(of: Self.markers.start)?.upperBound)
        let end = try #require(text.range(of: Self.markers.end)?.lowerBound)
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            let updated = text.replacingCharacters(in: start..<end, with: Self.table)
            try updated.write(to: Self.document, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start..<end] == Self.table, "run: UPDATE_DOCS=1 swift test --filter SettingsDocumentTests")
        }
    }
}
