internal import CCurl
internal import COpenSSL
internal import Foundation
internal import Glibc

/// The system's certificate authorities, and further ones beside them.
package final class TrustedAuthorities: Sendable {
    private let descriptor: Int32

    /// A bundle with all of them. Exists while this value does.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// - Parameter file: a PEM bundle of certificates.
    /// - Throws: ``TransportError`` that says what is wrong with the file.
    package init(adding file: String) throws(TransportError) {
        guard let own = FileManager.default.contents(atPath: file) else {
            throw TransportError("\(file) cannot be read; check the path and its permissions")
        }
        try Self.check(own, file)
        let system = Self.systemBundle.flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
        // libcurl takes one bundle and keeps it in memory, parsed, only if it is a file.
        descriptor = unsafe relay_memfd_create("trusted-authorities")
        guard descriptor >= 0, Self.write(system + Data("\n".utf8) + own, to: descriptor) else {
            throw TransportError("no memory for the certificates of \(file): \(SystemError.current)")
        }
    }

    deinit { close(descriptor) }

    /// Where libcurl finds the system's authorities; nil if it has no bundle of them.
    static var systemBundle: String? {
        unsafe relay_version_info()?.pointee.cainfo.map { unsafe String(cString: $0) }
    }

    /// A bundle with one damaged certificate would be of no use to libcurl as a whole.
    private static func check(_ pem: Data, _ file: String) throws(TransportError) {
        let (count, isWhole) = unsafe pem.withUnsafeBytes { bytes in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else {
                return (0, true)
            }
            defer { unsafe _ = BIO_free(bio) }
            ERR_clear_error()
            var count = 0
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                unsafe X509_free(certificate)
                count += 1
            }
            defer { ERR_clear_error() }
            return (count, relay_pem_has_ended())
        }
        if count == 0, isWhole {
            throw TransportError("\(file) holds no certificate; it must be a PEM bundle (-----BEGIN CERTIFICATE-----)")
        }
        guard isWhole else {
            throw TransportError("\(file): certificate number \(count + 1) is damaged; replace it or take it out")
        }
    }

    private static func write(_ data: Data, to descriptor: Int32) -> Bool {
        (try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: data)) != nil
    }
}
