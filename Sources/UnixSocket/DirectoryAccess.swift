internal import Glibc

/// Whether this process may create files in a directory, found without creating any.
package enum DirectoryAccess {
    /// Why no file can be created in the directory; nil if one can.
    package static func problem(_ directory: String) -> String? {
        var status = stat()
        guard unsafe stat(directory, &status) == 0 else { return "\(directory): \(SocketError.reason)" }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "\(directory) is not a directory" }
        guard unsafe access(directory, W_OK | X_OK) == 0 else {
            return "\(directory) cannot be written to (\(SocketError.reason))"
        }
        return nil
    }

    /// Whether there is a file of any kind at the path, even a symbolic link to nothing.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// The directory in which the path is; `.` for a name.
    package static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
