internal import CCurl
internal import COpenSSL
internal import Foundation
internal import Glibc

/// A bundle of the system's certificate authorities and additional ones.
package final class TrustedAuthorities: Sendable {
    private let descriptor: Int32

    /// The path of the bundle, which exists as long as this object.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// - Parameter file: a PEM bundle of certificates.
    /// - Throws: ``TransportError`` if the file cannot be read or is not a valid bundle.
    package init(adding file: String) throws(TransportError) {
        guard let own = FileManager.default.contents(atPath: file) else {
            throw TransportError("\(file) cannot be read; check the path and its permissions")
        }
        try Self.check(own, file)
        let system = Self.systemBundle.flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
        // libcurl accepts one bundle, and caches it in parsed form only if it is a file.
        descriptor = unsafe relay_memfd_create("trusted-authorities")
        guard descriptor >= 0, Self.write(system + Data("\n".utf8) + own, to: descriptor) else {
            throw TransportError("cannot store the certificates of \(file) in memory: \(SystemError.current)")
        }
    }

    deinit { close(descriptor) }

    /// The path of libcurl's default bundle of authorities; nil if it has none.
    static var systemBundle: String? {
        unsafe relay_version_info()?.pointee.cainfo.map { unsafe String(cString: $0) }
    }

    /// Rejects a bundle with a damaged certificate, because libcurl would reject the whole bundle.
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
            throw TransportError("\(file) has no certificate; it must be a PEM bundle (-----BEGIN CERTIFICATE-----)")
        }
        guard isWhole else {
            throw TransportError("\(file): certificate number \(count + 1) is damaged; replace it or remove it")
        }
    }

    private static func write(_ data: Data, to descriptor: Int32) -> Bool {
        (try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: data)) != nil
    }
}
