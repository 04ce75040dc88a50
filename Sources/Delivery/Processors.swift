internal import CProcessors

/// The processors of this machine, by the kernel's numbers.
enum Processors {
    /// Those that this process may use, rising; empty if the kernel does not say.
    static var allowed: [Int] {
        (0..<processor_limit()).filter(processor_is_allowed).map(Int.init)
    }
}
