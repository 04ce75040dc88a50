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
}
