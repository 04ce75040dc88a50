internal import Domain

/// Error classes in plain words.
package enum ErrorText {
    /// - Parameters:
    ///   - status: the status of the response, if there was one.
    ///   - error: the error class; nil for 2xx.
    package static func text(status: Int?, error: String?) -> String {
        if let status { return "answered \(status)" }
        return error.map { text(ErrorClass($0)) } ?? "no answer"
    }

    /// - Parameter reason: an error class, as status and log write it.
    package static func text(reason: String) -> String { text(ErrorClass(reason)) }

    private static func text(_ error: ErrorClass) -> String {
        switch error {
        case .http(let status): "answered \(status)"
        case .dnsError: "name not found"
        case .connectionRefused: "connection refused"
        case .connectionReset: "connection broken"
        case .timeout: "no answer in time"
        case .tlsError: "no valid TLS"
        case .protocolError: "answer is not valid HTTP"
        case .responseTooLarge: "headers too large"
        case .addressNotAllowed: "address not allowed"
        case .backlogFull: "backlog full"
        case .unrecognized(let text): text
        }
    }
}
