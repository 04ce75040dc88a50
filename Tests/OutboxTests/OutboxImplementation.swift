import Outbox
import OutboxMemory
import OutboxSQLite
import TestSupport
import Testing

/// An implementation of the outbox. Every suite here runs on each of them.
struct OutboxImplementation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Opens an empty outbox, in its own directory.
    private let open: @Sendable (_ directory: String, _ keepsFailed: Bool) async throws -> any OutboxRoles

    static let sqlite = OutboxImplementation(testDescription: "SQLite") {
        try SQLiteOutbox(path: $0 + "/outbox.sqlite", keepsFailed: $1)
    }
    static let all = [
        OutboxImplementation(testDescription: "memory") { _, keepsFailed in
            MemoryOutbox(keepsFailed: keepsFailed)
        }, sqlite,
    ]

    private init(testDescription: String, open: @escaping @Sendable (String, Bool) async throws -> any OutboxRoles) {
        self.testDescription = testDescription
        self.open = open
    }

    func with(keepsFailed: Bool = false, _ body: (any OutboxRoles) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try await open(directory, keepsFailed)
            try await body(outbox)
            try await outbox.close()
        }
    }
}
