internal import CLibFuzzer
internal import Glibc

/// Passes a check to libFuzzer, which calls it with one input after the other as the command line specifies.
package enum Fuzzer {
    /// - Parameter check: traps if it finds something wrong. Called on the main thread only.
    package static func run(_ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        unsafe exit(LLVMFuzzerRunDriver(&count, &arguments, check))
    }
}

/// Traps with a message, also in optimised builds, which drop the message of a precondition.
package func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
