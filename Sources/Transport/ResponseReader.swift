package import Domain

/// Reads the parts of a response that decide an attempt: the final status and `Retry-After`. Keeps nothing else.
///
/// libcurl splits the response into header lines and parses the status line. This type only determines which block of
/// header lines is the final one. It ignores interim responses (RFC 9110, 15.2) and trailers.
package struct ResponseReader: Sendable {
    /// The most bytes of header lines over all responses to one request, including interim ones.
    package static let maxHeaderBytes = 300 << 10
    /// The most bytes of a body that are read before the transfer ends.
    package static let maxBodyBytes = 64 << 10
    /// The longest `Retry-After` value, in bytes. The longest form that RFC 9110 (5.6.7) allows has 33.
    private static let maxRetryAfterBytes = 64
    private static let retryAfterName = Array("retry-after".utf8)

    /// Set once the final header block has ended. It never changes again.
    package private(set) var outcome: AttemptOutcome?
    /// The headers were longer than ``maxHeaderBytes``.
    package private(set) var hasTooLargeHeaders = false
    private var headerBytes = 0
    private var bodyBytes = 0
    private var retryAfter: String?

    package init() {}

    /// No header line has arrived yet.
    package var isBlank: Bool { headerBytes == 0 }

    /// Takes one line of a header block, including its line ending.
    ///
    /// - Parameter status: returns the response's status, as libcurl parsed it. Called at the end of a block.
    /// - Returns: whether the transfer continues.
    package mutating func takeHeader(_ line: some Collection<UInt8>, status: () -> Int) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maxHeaderBytes else {
            hasTooLargeHeaders = outcome == nil
            return false
        }
        guard outcome == nil, let first = line.first else { return true }
        if first == UInt8(ascii: "\r") || first == UInt8(ascii: "\n") {
            endBlock(status: status())
        } else if retryAfter == nil, first | 0x20 == UInt8(ascii: "r") {
            retryAfter = Self.retryAfter(Array(line))
        }
        return true
    }

    /// Takes a part of the body.
    ///
    /// - Returns: whether the transfer continues.
    package mutating func takeBody(_ count: Int) -> Bool {
        bodyBytes += count
        return outcome != nil && bodyBytes <= Self.maxBodyBytes
    }

    /// Takes the end of a transfer that libcurl considers successful. A truncated final header block counts as
    /// complete, because libcurl reports no error for it.
    package mutating func takeEnd(status: Int) {
        if outcome == nil, status != 0 { endBlock(status: status) }
    }

    private mutating func endBlock(status: Int) {
        switch status {
        case 100...199: break
        // A status has three digits (RFC 9110, 15).
        case 200...999: outcome = .answered(status: status, retryAfter: retryAfter)
        default: outcome = .failed(.protocolError)
        }
        retryAfter = nil
    }

    /// The value, if the line is a `Retry-After` header. White space before the colon is allowed.
    private static func retryAfter(_ line: [UInt8]) -> String? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = line[..<colon].reversed().drop(while: isBlank).reversed().map { $0 | 0x20 }
        guard name.elementsEqual(retryAfterName.map { $0 | 0x20 }) else { return nil }
        let value = line[(colon + 1)...].drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        guard value.count <= maxRetryAfterBytes, value.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
