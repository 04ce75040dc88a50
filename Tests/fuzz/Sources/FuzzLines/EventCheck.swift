import Domain
import Fuzzing
import Ingest

/// Decodes one line and checks all that must hold of an event made from it.
struct EventCheck {
    let line: [UInt8]

    init(_ line: [UInt8]) { self.line = line }

    func check() {
        do throws(Rejection) {
            let event = try EventDecoder().decode(line)
            expect(isObject, "an event was read from a line that is no JSON object")
            check(event)
        } catch {
            expect(isPlain(error.message), "a refusal's message cannot stand in a JSON string")
        }
    }

    /// Whether the scanner takes the line and its members lie one behind the other.
    private var isObject: Bool {
        guard let members = try? JSONScanner.members(of: line) else { return false }
        var end = 0
        for member in members {
            expect(member.key.lowerBound > end && member.value.lowerBound > member.key.upperBound, "members overlap")
            end = member.value.upperBound
            expect(end < line.count, "a member ends behind its object")
        }
        return true
    }

    private func check(_ event: Event) {
        switch event {
        case .published(let artifact): ArtifactCheck(artifact, line: line).check()
        case .registered(let request): check(request)
        case .completed(let id): expect(isIdentifier(id.rawValue), "a correlation id of a wrong length")
        case .hello, .noted: break
        }
    }

    private func check(_ request: RegistrationRequest) {
        expect(isIdentifier(request.correlationID.rawValue), "a correlation id of a wrong length")
        expect(request.maxRetries.map { (0...100).contains($0) } ?? true, "retries out of range")
        checkURL(request.url)
    }

    /// Writers get it between double quotes, as it is.
    private func isPlain(_ message: String) -> Bool {
        message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }
    }
}

/// docs/protocol.md.
func isIdentifier(_ text: String) -> Bool { (1...256).contains(text.utf8.count) }

/// The one spelling of a URL is a fixed point of reading it, and fit for a request line.
func checkURL(_ url: WebhookURL) {
    expect((try? WebhookURL(url.text)) == url, "a URL changes when it is read again")
    expect(url.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a URL has a byte that no request line may have")
}
