/// Why an attempt, or a delivery that never got one, failed without a usable answer. A closed set.
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

    private static let named: [(Self, String)] = [
        (.dnsError, "dns_error"), (.connectionRefused, "connection_refused"), (.connectionReset, "connection_reset"),
        (.timeout, "timeout"), (.tlsError, "tls_error"), (.protocolError, "protocol_error"),
        (.responseTooLarge, "response_too_large"), (.addressNotAllowed, "address_not_allowed"),
        (.backlogFull, "backlog_full"),
    ]

    package var description: String {
        if case .http(let status) = self { return "http_\(status)" }
        return Self.named.first { $0.0 == self }?.1 ?? "protocol_error"
    }

    package init?(_ text: String) {
        if text.hasPrefix("http_"), let status = Int(text.dropFirst(5)) {
            self = .http(status)
        } else if let known = Self.named.first(where: { $0.1 == text }) {
            self = known.0
        } else {
            return nil
        }
    }
}

/// How one POST ended.
package enum AttemptOutcome: Hashable, Sendable {
    /// A final status line and headers arrived.
    case answered(status: Int, retryAfter: String?)
    case failed(ErrorClass)

    /// nil for 2xx.
    package var errorClass: ErrorClass? {
        switch self {
        case .answered(let status, _): (200...299).contains(status) ? nil : .http(status)
        case .failed(let error): error
        }
    }

    package var status: Int? {
        if case .answered(let status, _) = self { status } else { nil }
    }
}

/// One finished attempt, as recorded.
package struct Attempt: Hashable, Sendable {
    /// From 1.
    package let number: Int
    package let startedAt: WallTime
    package let duration: Duration
    /// The answer's status, where there was an answer.
    package let status: Int?
    /// nil for 2xx.
    package let errorClass: ErrorClass?

    package init(number: Int, startedAt: WallTime, duration: Duration, outcome: AttemptOutcome) {
        self.init(
            number: number, startedAt: startedAt, duration: duration, status: outcome.status,
            errorClass: outcome.errorClass)
    }

    package init(number: Int, startedAt: WallTime, duration: Duration, status: Int?, errorClass: ErrorClass?) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.errorClass = errorClass
    }
}
