import LocalHTTP
import NIOCore
import NIOHTTP1
import Status
import Testing

@Suite struct LivePageTests {
    private let policyName = "Content-Security-Policy"

    private func page() async -> HTTPResponse {
        await StatusServer(source: Source()).respond(
            to: HTTPRequest(method: .GET, target: "/", headers: [:], body: ByteBuffer()))
    }

    @Test func thePageIsOneDocumentUnderSixtyKilobytes() async throws {
        let response = await page()
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == ["text/html; charset=utf-8"])
        #expect(response.body.readableBytes < 60_000)
        let text = String(buffer: response.body)
        #expect(text.hasPrefix("<!doctype html>"))
        for outside in ["http://", "https://", "src=", "@import", "url(", "innerHTML"] {
            #expect(!text.contains(outside), "\(outside)")
        }
    }

    @Test func onlyTheScriptAndTheStyleOfTheAnswerAreAllowed() async throws {
        let response = await page()
        let policy = try #require(response.headers.first(name: policyName))
        let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-z]+)'/)?.1)
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        for directive in ["base-uri", "form-action", "frame-ancestors"] {
            #expect(policy.contains("\(directive) 'none'"))
        }
        let text = String(buffer: response.body)
        #expect(
            text.contains("<style nonce=\"\(nonce)\">") && text.contains("<script type=\"module\" nonce=\"\(nonce)\">"))
        #expect(text.split(separator: nonce).count == 3)
        #expect(response.headers["X-Content-Type-Options"] == ["nosniff"])
        #expect(response.headers["Referrer-Policy"] == ["no-referrer"])
        #expect(response.headers["Cache-Control"] == ["no-store"])
    }

    @Test func eachAnswerHasItsOwnNonce() async {
        var policies: Set<String> = []
        for _ in 0..<20 { policies.formUnion(await page().headers[policyName]) }
        #expect(policies.count == 20)
    }

    @Test func commentsAreLeftOut() async {
        let lines = String(buffer: await page().body).split(separator: "\n")
        #expect(lines.count > 500)
        #expect(!lines.contains { $0.hasPrefix("//") || $0.hasPrefix("/*") || $0.hasPrefix("* ") || $0.hasPrefix(" ") })
    }
}
