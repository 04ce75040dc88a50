internal import Events
internal import Foundation
internal import FoundationNetworking

/// Sorts URLSession's errors into the closed set of error classes.
enum SessionError {
    static func classify(_ error: any Error) -> ErrorClass {
        let error = error as NSError
        let text = error.localizedDescription
        switch URLError.Code(rawValue: error.code) {
        case .cannotFindHost, .dnsLookupFailed: return .dnsError
        case .cannotConnectToHost: return .connectionRefused
        case .networkConnectionLost: return .connectionReset
        case .timedOut: return .timeout
        case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRequired,
            .clientCertificateRejected:
            return .tlsError
        default: return classify(text: text)
        }
    }

    /// libcurl's own words: URLSession on Linux has one code for all that it does not know.
    private static func classify(text: String) -> ErrorClass {
        let text = text.lowercased()
        // No route to the host, for one: only ECONNREFUSED has a code. Before the words below, for the host is named.
        if ["failed to connect", "couldn't connect"].contains(where: text.contains) { return .connectionRefused }
        // libcurl 8.6 has another name than 7.88 for a header line beyond 100 KiB (row 23 of urlsession.md).
        let tooLarge = ["too large response headers", "grew larger than"].contains(where: text.contains)
        if tooLarge || text == "out of memory" { return .responseTooLarge }
        if ["ssl", "tls", "certificate"].contains(where: text.contains) { return .tlsError }
        if ["reset", "broken pipe", "empty reply", "not connected"].contains(where: text.contains) {
            return .connectionReset
        }
        return .protocolError
    }
}
