internal import Glibc

/// Tells whether this process can open files at all, after a library has failed without saying why.
package enum DescriptorProbe {
    /// More than a look-up or the TLS library has open at one time.
    private static let count = 4

    package static var isShort: Bool {
        let opened = (0..<count).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { for descriptor in opened where descriptor >= 0 { close(descriptor) } }
        return opened.contains { $0 < 0 }
    }
}
