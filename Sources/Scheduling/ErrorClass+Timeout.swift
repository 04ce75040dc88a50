package import Domain

extension ErrorClass {
    /// Whether the attempt ran into its deadline, and so tells that its origin may hang; nil if that is not known.
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
