internal import Domain
internal import Foundation
internal import Glibc

/// A file with a secret or a key, which other users must not be able to read.
enum PrivateFile {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The contents, without a byte order mark at their start. Follows symbolic links, and checks the file that it reads.
    static func contents(of path: String) throws(Problem) -> Data {
        var status = stat()
        guard let file = FileHandle(forReadingAtPath: path), unsafe fstat(file.fileDescriptor, &status) == 0,
            let data = try? file.readToEnd() ?? Data()
        else { throw Problem(description: "\(path) cannot be read; check the path and its permissions") }
        guard status.st_mode & 0o007 == 0 else {
            throw Problem(description: "\(path) is readable by others; run: chmod o= \(path)")
        }
        return ByteOrderMark.dropped(from: data)
    }
}
