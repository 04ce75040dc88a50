internal import Domain
internal import Foundation

/// A file with a secret or a key, which other users must not be able to read.
enum PrivateFile {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The contents, without a byte order mark at their start.
    static func contents(of path: String) throws(Problem) -> Data {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let data = FileManager.default.contents(atPath: path)
        else { throw Problem(description: "\(path) cannot be read; check the path and its permissions") }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o007 == 0 else {
            throw Problem(description: "\(path) is readable by others; run: chmod o= \(path)")
        }
        return ByteOrderMark.dropped(from: data)
    }
}
