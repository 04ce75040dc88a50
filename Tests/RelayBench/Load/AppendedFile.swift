import Foundation
import Glibc

/// A file whose every addition is on the disk when it returns. It is removed with this object.
final class AppendedFile {
    private let scratch: ScratchDirectory
    private let handle: FileHandle

    init() throws {
        scratch = try ScratchDirectory()
        let path = "\(scratch.path)/log"
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw Failure("cannot create \(path)") }
        self.handle = handle
    }

    func append(_ bytes: [UInt8]) throws {
        try handle.write(contentsOf: bytes)
        guard fdatasync(handle.fileDescriptor) == 0 else { throw Failure("fdatasync: \(Failure.reason)") }
    }
}
