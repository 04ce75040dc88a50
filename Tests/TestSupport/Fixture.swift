internal import Foundation

/// Lines that a real Flock server sent.
package enum Fixture {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures")

    /// A file in `Tests/fixtures`.
    package static func text(_ name: String) throws -> String {
        try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
    }

    /// The lines of a file in `Tests/fixtures`, without their LFs.
    package static func lines(_ name: String) throws -> [[UInt8]] {
        let bytes = Array(try Data(contentsOf: directory.appendingPathComponent(name)))
        return bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
