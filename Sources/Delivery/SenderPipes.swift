internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The pipes between the daemon and one sender.
final class SenderPipes: Sendable {
    /// The sender's ends. They are closed with its start, even if that fails.
    let senderInput, senderOutput: FileDescriptor
    /// The daemon's ends, which are its own to close until somebody else has them.
    let input, output: FileDescriptor
    private let ownsEnds = Mutex(true)

    init() throws {
        let toSender = try FileDescriptor.pipe()
        let fromSender: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
        do {
            fromSender = try FileDescriptor.pipe()
        } catch {
            for end in [toSender.readEnd, toSender.writeEnd] { try? end.close() }
            throw error
        }
        (senderInput, output) = (toSender.readEnd, toSender.writeEnd)
        (input, senderOutput) = (fromSender.readEnd, fromSender.writeEnd)
        for end in [input, output] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    }

    /// Whoever has the daemon's ends now closes them.
    func giveOwnEnds() { ownsEnds.withLock { $0 = false } }

    /// Does nothing once they were given.
    func closeOwnEnds() {
        ownsEnds.withLock { ownsEnds in
            guard ownsEnds else { return }
            for end in [input, output] { try? end.close() }
            ownsEnds = false
        }
    }
}
