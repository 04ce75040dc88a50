import ArgumentParser
import Domain
import Settings
import Telemetry

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

    /// Prints a line on stderr. Never blocks for long.
    static func write(_ message: String) {
        let output = LogBuffer()
        output.add("flock-relay: \(ControlCharacters.escaped(message))\n")
        output.flush(within: .seconds(1))
    }

    /// Prints on stderr which variables have no effect although they look like settings.
    static func warn(aboutVariablesIn environment: [String: String]) {
        for variable in UnknownVariable.all(in: environment) { write("warning: \(variable)") }
    }
}
