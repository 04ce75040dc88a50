/// Why an attempt failed, or a delivery that never got one. A closed set.
///
/// To add a class, add a case here and a ``Name``: the compiler leads to every place that has to judge it.
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
    /// A class of another version of the relay, read from its outbox: shown as it was written, and judged as nothing else.
    case unrecognized(String)

    /// The classes that have a name of their own, as contract and outbox write them.
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
