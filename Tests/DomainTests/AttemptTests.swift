import Domain
import TestSupport
import Testing

@Suite struct AttemptTests {
    static let names: [(ErrorClass, String)] = [
        (.http(500), "http_500"), (.http(302), "http_302"), (.dnsError, "dns_error"),
        (.connectionRefused, "connection_refused"), (.connectionReset, "connection_reset"), (.timeout, "timeout"),
        (.tlsError, "tls_error"), (.protocolError, "protocol_error"), (.responseTooLarge, "response_too_large"),
        (.addressNotAllowed, "address_not_allowed"), (.backlogFull, "backlog_full"),
    ]

    @Test("Every error class is written and read back", arguments: names)
    func errorClasses(_ error: ErrorClass, _ name: String) {
        #expect(error.description == name)
        #expect(ErrorClass(name) == error)
    }

    @Test(arguments: ["", "http", "http_", "http_x", "Timeout", "dns error", "unknown"])
    func otherTextsAreNoErrorClass(_ text: String) {
        #expect(ErrorClass(text) == .unrecognized(text))
        #expect(ErrorClass(text).description == text)
    }

    @Test(
        "2xx, and nothing else, is delivered",
        arguments: [
            (199, false), (200, true), (204, true), (299, true), (300, false), (304, false), (404, false), (500, false),
        ])
    func verdictOfStatus(_ status: Int, _ isDelivered: Bool) {
        let outcome = AttemptOutcome.answered(status: status, retryAfter: nil)
        #expect(outcome.errorClass == (isDelivered ? nil : .http(status)))
        #expect(outcome.status == status)
    }

    @Test func aFailureWithoutAnswerHasNoStatus() {
        #expect(AttemptOutcome.failed(.timeout).status == nil)
        #expect(AttemptOutcome.failed(.timeout).errorClass == .timeout)
    }

    @Test func theWaitCountsFromTheEndOfTheAttempt() throws {
        let delivery = try Sample.delivery(1)
        let failure = AttemptOutcome.failed(.timeout)
        let retry = Sample.record(delivery, outcome: failure, verdict: .retry(after: .seconds(2)))
        #expect(retry.nextAttemptAt == Sample.moment() + .seconds(2))
        #expect(Sample.record(delivery, outcome: failure, verdict: .failed(.timeout)).nextAttemptAt == nil)
        #expect(Sample.delivered(delivery).nextAttemptAt == nil)
    }

    @Test func ticketCarriesWhatTheSchedulerNeeds() throws {
        let registration = try Sample.registration(url: "https://h.example:8443/x", ordering: .ordered)
        let ticket = try Sample.delivery(5, registration: registration, body: "12345678").ticket
        #expect(
            ticket
                == Ticket(
                    id: DeliveryID(5), origin: Origin(scheme: .https, host: "h.example", port: 8_443),
                    orderedWorkflow: CorrelationID("w"), bodyBytes: 8, attempts: 0))
        #expect(try Sample.delivery(5).ticket.orderedWorkflow == nil)
    }
}
