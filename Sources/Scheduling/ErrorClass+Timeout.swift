package import Domain

extension ErrorClass {
    /// Whether the attempt timed out, so that its origin may be hanging; nil if that is not known.
    package var isTimeout: Bool? {
        switch self {
        case .timeout: true
        case .http, .dnsError, .connectionRefused, .connectionReset, .tlsError, .protocolError, .responseTooLarge,
            .addressNotAllowed, .backlogFull:
            false
        case .unrecognized: nil
        }
    }
}
