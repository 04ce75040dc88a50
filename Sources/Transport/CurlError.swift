internal import CCurl
internal import Domain

/// Maps libcurl's error codes to error classes.
enum CurlError {
    /// - Parameters:
    ///   - code: anything but `CURLE_OK`.
    ///   - message: libcurl's error message.
    ///   - proxyStatus: the status of the proxy's response to CONNECT; 0 without one.
    static func classify(_ code: CURLcode, message: String, proxyStatus: Int) -> ErrorClass {
        if proxyStatus != 0, !(200...299).contains(proxyStatus) { return .connectionRefused }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .dnsError
        case CURLE_COULDNT_CONNECT: return .connectionRefused
        case CURLE_OPERATION_TIMEDOUT: return .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
            return .tlsError
        // With TLS 1.3 a receiver can reject the client after the handshake. libcurl reports that only in its message,
        // which names the alert.
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: return message.contains(" alert ") ? .tlsError : .connectionReset
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: return .connectionReset
        // A single header line exceeds libcurl's own limit of 100 KiB. `tooLarge` is the code since libcurl 8.6.
        case CURLE_OUT_OF_MEMORY, tooLarge: return .responseTooLarge
        default: return .protocolError
        }
    }

    /// `CURLE_TOO_LARGE`, which older headers lack.
    private static let tooLarge = CURLcode(100)
}
