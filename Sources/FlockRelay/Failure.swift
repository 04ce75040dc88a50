import ArgumentParser
import Foundation

/// The exit codes of docs/operations.md beside 0 and 64 (bad usage, which the argument parser gives).
enum Failure {
    /// The asked-for check failed.
    static let check = ExitCode(1)
    static let notReachable = ExitCode(69)
    static let alreadyRunning = ExitCode(75)
    static let badConfiguration = ExitCode(78)

    /// Says on stderr what is wrong and what to do next; to be thrown.
    static func exit(_ code: ExitCode, _ message: String) -> ExitCode {
        FileHandle.standardError.write(Data("flock-relay: \(message)\n".utf8))
        return code
    }
}
