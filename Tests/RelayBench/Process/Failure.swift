import Glibc

/// Why a run cannot continue, in words for the person who started it.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What the last call to the system failed with.
    static var reason: String { unsafe String(cString: strerror(errno)) }
}
