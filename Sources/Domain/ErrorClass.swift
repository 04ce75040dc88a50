/// Why an attempt failed, or why a delivery failed without an attempt. A closed set.
///
/// To add a class, add a case here and a ``Name``. The compiler then reports every `switch` that must handle it.
package enum ErrorClass: Hashable, Sendable, CustomStringConvertible {
    /// The receiver's final answer was not 2xx.
    case http(Int)
    case dnsError
    case connectionRefused
    case connectionReset
    case timeout
    case tlsError
    case protocolError
    case responseTooLarge
    case addressNotAllowed
    case backlogFull
    /// A class that another version of the relay wrote to the outbox. It is shown as written and has no other meaning.
    case unrecognized(String)

    /// The names of the classes that have no parameter, as written in status, logs and outbox.
    private enum Name: String {
        case dnsError = "dns_error"
        case connectionRefused = "connection_refused"
        case connectionReset = "connection_reset"
        case timeout
        case tlsError = "tls_error"
        case protocolError = "protocol_error"
        case responseTooLarge = "response_too_large"
        case addressNotAllowed = "address_not_allowed"
        case backlogFull = "backlog_full"
    }

    package var description: String {
        switch self {
        case .http(let status): "http_\(status)"
        case .dnsError: Name.dnsError.rawValue
        case .connectionRefused: Name.connectionRefused.rawValue
        case .connectionReset: Name.connectionReset.rawValue
        case .timeout: Name.timeout.rawValue
        case .tlsError: Name.tlsError.rawValue
        case .protocolError: Name.protocolError.rawValue
        case .responseTooLarge: Name.responseTooLarge.rawValue
        case .addressNotAllowed: Name.addressNotAllowed.rawValue
        case .backlogFull: Name.backlogFull.rawValue
        case .unrecognized(let text): text
        }
    }

    /// Reads what ``description`` writes.
    package init(_ text: String) {
        if text.hasPrefix("http_"), let status = Int(text.dropFirst(5)) {
            self = .http(status)
        } else if let name = Name(rawValue: text) {
            self.init(name)
        } else {
            self = .unrecognized(text)
        }
    }

    private init(_ name: Name) {
        switch name {
        case .dnsError: self = .dnsError
        case .connectionRefused: self = .connectionRefused
        case .connectionReset: self = .connectionReset
        case .timeout: self = .timeout
        case .tlsError: self = .tlsError
        case .protocolError: self = .protocolError
        case .responseTooLarge: self = .responseTooLarge
        case .addressNotAllowed: self = .addressNotAllowed
        case .backlogFull: self = .backlogFull
        }
    }
}
