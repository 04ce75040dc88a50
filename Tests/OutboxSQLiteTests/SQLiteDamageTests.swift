import Outbox
import Foundation
import OutboxSQLite
import TestSupport
import Testing

@Suite struct SQLiteDamageTests {
    @Test func aFileThatIsNoDatabaseIsSetAside() async throws {
        try await damaged { path in
            try Data("This is no database, and it is longer than the header of one.".utf8)
                .write(to: URL(filePath: path))
        }
    }

    @Test("A damaged page is detected at start")
    func damagedPage() async throws {
        try await damaged { path in
            let file = try FileHandle(forUpdating: URL(filePath: path))
            let end = try file.seekToEnd()
            try file.seek(toOffset: 4_096)
            try file.write(contentsOf: Data(repeating: 0x5A, count: Int(end) - 4_096))
            try file.close()
        }
    }

    @Test("A truncated file is detected at start")
    func truncated() async throws {
        try await damaged { path in
            let file = try FileHandle(forUpdating: URL(filePath: path))
            try file.truncate(atOffset: try file.seekToEnd() / 8_192 * 4_096)
            try file.close()
        }
    }

    @Test("A missing row of totals is detected at start")
    func withoutTotals() async throws {
        let aside = try await damaged(isReadable: true) { path in
            _ = try await SQLiteTool.rows(path, "DELETE FROM totals")
        }
        #expect(aside == ["50"])
    }

    /// Damages a file with deliveries and expects it next to a new one, unchanged if SQLite cannot read it.
    /// - Returns: what SQLite counts in it, if it can.
    @discardableResult
    private func damaged(
        isReadable: Bool = false, _ damage: (String) async throws -> Void
    ) async throws -> [String] {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            var outbox = try SQLiteOutbox(path: path)
            try await outbox.accept((1...50).map { "a\($0)" }, body: String(repeating: "x", count: 1_000))
            try await outbox.close()
            try await damage(path)
            let before = try Data(contentsOf: URL(filePath: path))

            outbox = try SQLiteOutbox(path: path)
            let aside = try #require(outbox.openReport.setAside)
            #expect(aside.path.hasPrefix(path + ".corrupt-2"))
            #expect(!aside.reason.isEmpty)
            if !isReadable { #expect(try Data(contentsOf: URL(filePath: aside.path)) == before) }
            #expect(outbox.figures().pending == 0)
            try await outbox.accept(["a"])
            try await outbox.close()
            #expect(try SQLiteOutbox(path: path).openReport.setAside == nil)
            return isReadable ? try await SQLiteTool.rows(aside.path, "SELECT count(*) FROM pending") : []
        }
    }
}
