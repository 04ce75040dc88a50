import ArgumentParser
import Domain
import Foundation
import Settings

/// The exit codes of docs/operations.md except 0 and 64 (bad usage, from the argument parser).
enum Failure {
    /// The requested check failed.
    static let check = ExitCode(1)
    static let notReachable = ExitCode(69)
    static let alreadyRunning = ExitCode(75)
    static let badConfiguration = ExitCode(78)

    /// Prints on stderr what is wrong and what to do next. Returns the code, to throw it.
    static func exit(_ code: ExitCode, _ message: String) -> ExitCode {
        write(message)
        return code
    }

    /// Prints a line on stderr.
    static func write(_ message: String) {
        FileHandle.standardError.write(Data("flock-relay: \(ControlCharacters.escaped(message))\n".utf8))
    }

    /// Prints on stderr which variables have no effect although they look like settings.
    static func warn(aboutVariablesIn environment: [String: String]) {
        for variable in UnknownVariable.all(in: environment) { write("warning: \(variable)") }
    }
}
