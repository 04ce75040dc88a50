internal import Foundation
internal import Glibc
internal import Synchronization

/// A process that a test started, in its own process group, so that its children can be killed with it.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Exit: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    /// Why a process could not be started.
    package struct StartFailure: Error {
        package let executable: String
        package let code: Int32
    }

    package let processID: Int32
    private let exit = Mutex<Exit?>(nil)

    /// Starts a process that inherits only the three standard streams, which are files.
    ///
    /// - Parameter executable: a path, or a name that is looked for in `PATH`.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String], input: String = "/dev/null",
        output: String, error: String
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The child must not hold pipes of other tests in this process open.
        for descriptor in 3..<Int32(1_024) { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads of this process may block signals, and a child would inherit that: tmux then cannot be ended.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        let words = unsafe Self.texts([executable] + arguments)
        let variables = unsafe Self.texts(environment.map { "\($0.key)=\($0.value)" })
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var started: pid_t = 0
        let code = unsafe posix_spawnp(&started, executable, &actions, &attributes, words, variables)
        guard code == 0 else { throw StartFailure(executable: executable, code: code) }
        processID = started
    }

    private static func texts(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }

    /// How the process ended; nil while it runs.
    package func ended() -> Exit? {
        exit.withLock { exit in
            if exit == nil { exit = Self.reap(processID, WNOHANG) }
            return exit
        }
    }

    package func waitForExit(within limit: Duration = .seconds(15)) async throws -> Exit {
        try await eventually("process \(processID) ends", within: limit) { ended() != nil }
        return ended() ?? .code(-1)
    }

    package func send(_ signal: Int32) { _ = kill(processID, signal) }

    /// Kills the process and its children. Does nothing if it has been reaped.
    package func end() {
        exit.withLock { exit in
            _ = kill(-processID, SIGKILL)
            if exit == nil { exit = Self.reap(processID, 0) }
        }
    }

    private static func reap(_ processID: pid_t, _ options: Int32) -> Exit? {
        var status: Int32 = 0
        guard unsafe waitpid(processID, &status, options) == processID else { return nil }
        return status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}
