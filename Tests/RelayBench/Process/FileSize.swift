import Foundation
import Glibc

/// Sizes of files.
enum FileSize {
    /// The length of a file in bytes; 0 if there is none.
    static func bytes(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The length of all files in a directory, in bytes.
    static func total(_ directory: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.map { bytes("\(directory)/\($0)") }.reduce(0, +)
    }

    /// The bytes in use of an SQLite database that is closed: its pages without the free ones.
    static func used(database path: String) -> Int {
        guard let head = FileHandle(forReadingAtPath: path)?.readData(ofLength: 100), head.count == 100 else {
            return 0
        }
        let number = { (offset: Int, count: Int) in
            head[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
        }
        // Offsets of the file format's header: page size (1 means 65 536), pages, free pages.
        let page = number(16, 2) == 1 ? 65_536 : number(16, 2)
        return page * (number(28, 4) - number(36, 4))
    }
}
