internal import Glibc

/// What the relay lacked, so that an attempt could not begin. It says nothing about the receiver.
package enum Shortage: String, CaseIterable, Hashable, Sendable {
    case fileDescriptors = "file descriptors"
    case memory
    case threads
    /// All look-ups that the relay makes at one time were in use, by names whose servers do not answer.
    case lookups = "name look-ups"

    /// nil for an error that is no shortage.
    package init?(errno code: Int32) {
        switch code {
        case EMFILE, ENFILE: self = .fileDescriptors
        case ENOBUFS, ENOMEM: self = .memory
        default: return nil
        }
    }
}
