import Domain
import Fuzzing
import Ingest

/// Decodes one line and checks the event made from it.
struct EventCheck {
    let line: [UInt8]

    init(_ line: [UInt8]) { self.line = line }

    func check() {
        do throws(Rejection) {
            let event = try EventDecoder().decode(line)
            expect(isObject, "an event was decoded from a line that is not a JSON object")
            check(event)
        } catch {
            expect(isPlain(error.message), "a rejection's message needs escapes in a JSON string")
        }
    }

    /// Whether the scanner accepts the line; its members must not overlap.
    private var isObject: Bool {
        guard let members = try? JSONScanner.members(of: line) else { return false }
        var end = 0
        for member in members {
            expect(member.key.lowerBound > end && member.value.lowerBound > member.key.upperBound, "members overlap")
            end = member.value.upperBound
            expect(end < line.count, "a member ends after its object")
        }
        return true
    }

    private func check(_ event: Event) {
        switch event {
        case .published(let artifact): ArtifactCheck(artifact, line: line).check()
        case .registered(let request): check(request)
        case .completed(let request):
            expect(isIdentifier(request.correlationID.rawValue), "a correlation id has an invalid length")
        case .redeliver(let request): check(request)
        case .hello, .noted: break
        }
    }

    private func check(_ request: RedeliveryRequest) {
        expect(isIdentifier(request.correlationID.rawValue), "a correlation id has an invalid length")
        expect(
            request.sequences.map { $0.allSatisfy { $0.rawValue >= 1 } } ?? true, "a sequence number is out of range")
    }

    private func check(_ request: RegistrationRequest) {
        expect(isIdentifier(request.correlationID.rawValue), "a correlation id has an invalid length")
        expect(request.maxRetries.map { (0...100).contains($0) } ?? true, "max_retries is out of range")
        checkURL(request.url)
    }

    /// The relay sends the message to writers between double quotes, without escapes.
    private func isPlain(_ message: String) -> Bool {
        message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }
    }
}

/// Length and bytes of ids by docs/protocol.md.
func isIdentifier(_ text: String) -> Bool { (1...256).contains(text.utf8.count) && !text.utf8.contains(0) }

/// The canonical spelling of a URL reads as the same URL, and is valid in a request line.
func checkURL(_ url: WebhookURL) {
    expect((try? WebhookURL(url.text)) == url, "a URL changes when it is read again")
    expect(url.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a URL has a byte invalid in a request line")
}
