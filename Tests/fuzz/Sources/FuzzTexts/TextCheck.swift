import Domain
import Fuzzing
import Scheduling

/// Reads one text as everything that a writer or a receiver may send as text, and checks what must hold of the results.
struct TextCheck {
    let text: String

    init(_ text: String) { self.text = text }

    func check() {
        checkURL()
        checkTime()
        checkTrace()
        checkSecret()
        checkBlock()
        checkRetryAfter()
        checkErrorClass()
    }

    /// The one spelling of a URL is a fixed point of reading it.
    private func checkURL() {
        guard let url = try? WebhookURL(text) else { return }
        expect((try? WebhookURL(url.text)) == url, "a URL changes when it is read again")
        expect(url.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a byte that is invalid in a request line")
        expect(url.target.hasPrefix("/") && !url.target.contains("#"), "a target is invalid in a request line")
        if let address = url.origin.addressLiteral {
            let host = url.origin.host.filter { $0 != "[" && $0 != "]" }
            expect(address.description == host, "an address is not in its canonical spelling")
        }
    }

    private func checkTime() {
        guard let time = WallTime(iso8601: text) else { return }
        // An offset may lead out of the years that have four digits.
        let fourDigitYears = -62_135_596_800..<253_402_300_800 as Range<Int64>
        guard fourDigitYears.contains(time.seconds) else { return }
        expect(WallTime(iso8601: time.iso8601) == time, "a time changes when it is read again")
    }

    private func checkTrace() {
        if TraceContext.isValid(parent: text) {
            expect(text.utf8.count == 55, "a traceparent has an invalid length")
            expect(TraceContext(parent: text, state: nil).traceID.utf8.count == 32, "a trace id has an invalid length")
        }
        if TraceContext.isValid(state: text) {
            expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a tracestate cannot be sent in a header")
        }
    }

    private func checkSecret() {
        guard let secret = WebhookSecret(validating: text) else { return }
        expect(!secret.standardWebhooksKey.isEmpty, "a key is empty")
        expect(secret.text.utf8.elementsEqual(text.utf8), "a secret was changed")
    }

    private func checkBlock() {
        guard let block = IPv4Block(text) else { return }
        expect(IPv4Block(block.description) == block, "a block changes when it is read again")
        expect(block.contains(block.base), "a block does not contain its base address")
    }

    private func checkRetryAfter() {
        let year = Duration.seconds(365 * 86_400)
        guard let wait = RetryAfter.wait(text, now: WallTime(microseconds: 784_111_740_000_000)) else { return }
        expect(wait >= .zero && wait <= year, "a wait of \(wait) is out of range")
    }

    private func checkErrorClass() {
        let error = ErrorClass(text)
        expect(ErrorClass(error.description) == error, "an error class changes when it is read again")
    }
}
