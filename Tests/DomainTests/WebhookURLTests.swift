import Domain
import Testing

@Suite struct WebhookURLTests {
    static let accepted: [(written: String, meant: String)] = [
        ("https://receiver.example/hook", "https://receiver.example/hook"),
        ("HTTPS://Receiver.EXAMPLE/Hook?Key=V", "https://receiver.example/Hook?Key=V"),
        ("https://receiver.example", "https://receiver.example/"),
        ("https://receiver.example?x=1", "https://receiver.example/?x=1"),
        ("https://receiver.example#part", "https://receiver.example/"),
        ("https://receiver.example/a?b=c#d?e", "https://receiver.example/a?b=c"),
        ("https://receiver.example/a//b/../c", "https://receiver.example/a//b/../c"),
        ("https://receiver.example/%7Ea/%c3%bc?q=%20", "https://receiver.example/%7Ea/%c3%bc?q=%20"),
        ("https://receiver.example/@user:pw/x://y", "https://receiver.example/@user:pw/x://y"),
        ("https://receiver.example/?to=a@b.example", "https://receiver.example/?to=a@b.example"),
        ("https://receiver.example./x", "https://receiver.example/x"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://XN--BCHER-KVA.example/", "https://xn--bcher-kva.example/"),
        ("https://b\u{FC}cher.example/hook?q=1", "https://xn--bcher-kva.example/hook?q=1"),
        ("https://B\u{DC}CHER.Example.:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://bu\u{308}cher.example/", "https://xn--bcher-kva.example/"),
        ("https://b\u{FC}cher\u{3002}example\u{3002}/", "https://xn--bcher-kva.example/"),
        ("https://\u{FF42}\u{FF4F}\u{FF4F}\u{FF4B}.example/", "https://book.example/"),
        ("http://\u{24DB}oca\u{FF4C}host/", "http://localhost/"),
        ("https://fa\u{DF}.example/", "https://xn--fa-hia.example/"),
        ("https://\u{2603}.example/", "https://xn--n3h.example/"),
        ("https://a_b.\u{65E5}\u{672C}\u{8A9E}.example:443#x", "https://a_b.xn--wgv71a119e.example/"),
        ("http://localhost/", "http://localhost/"),
        ("https://0xbeef.example/", "https://0xbeef.example/"),
        ("https://1.2.3.4.example/", "https://1.2.3.4.example/"),
        ("https://receiver.example:443/", "https://receiver.example/"),
        ("http://receiver.example:80/", "http://receiver.example/"),
        ("https://receiver.example:80/", "https://receiver.example:80/"),
        ("https://receiver.example:0443/", "https://receiver.example/"),
        ("https://receiver.example:/x", "https://receiver.example/x"),
        ("https://receiver.example:1/", "https://receiver.example:1/"),
        ("https://receiver.example:65535/", "https://receiver.example:65535/"),
    ]

    @Test("Every valid URL is kept in one canonical spelling", arguments: accepted)
    func accepts(_ written: String, _ meant: String) throws {
        let url = try WebhookURL(written)
        #expect(url.text == meant)
        #expect(try WebhookURL(meant) == url, "the canonical spelling is read as the same URL")
        #expect(url.origin.addressLiteral == nil)
    }

    static let addresses: [(written: String, meant: String)] = [
        ("192.0.2.1", "192.0.2.1"), ("127.0.0.1.", "127.0.0.1"), ("127.1", "127.0.0.1"), ("1.2.3", "1.2.0.3"),
        ("1.2.65535", "1.2.255.255"), ("1.16777215", "1.255.255.255"), ("0", "0.0.0.0"), ("0x", "0.0.0.0"),
        ("2130706433", "127.0.0.1"), ("4294967295", "255.255.255.255"), ("017700000001", "127.0.0.1"),
        ("0x7F000001", "127.0.0.1"), ("0X7f.1", "127.0.0.1"), ("0300.0250.0.1", "192.168.0.1"),
        ("0xC0.0xa8.1", "192.168.0.1"), ("0251.254.0xA9FE", "169.254.169.254"), ("00.0.0.00", "0.0.0.0"),
        ("[::1]", "[::1]"), ("[0:0::0:1]", "[::1]"), ("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"), ("[::]", "[::]"),
        ("\u{FF11}\u{FF12}\u{FF17}.0.0.1", "127.0.0.1"), ("127\u{3002}0\u{3002}0\u{3002}1", "127.0.0.1"),
        ("\u{2460}\u{2461}\u{2466}.1", "127.0.0.1"), ("0\u{FF58}7f000001", "127.0.0.1"),
        ("[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"), ("[::FFFF:7f00:1]", "[::ffff:127.0.0.1]"),
    ]

    @Test("A host that a resolver takes for an address is read as that address", arguments: addresses)
    func readsAddress(_ written: String, _ meant: String) throws {
        let url = try WebhookURL("http://\(written):8080/x")
        #expect(url.origin.host == meant)
        #expect(url.text == "http://\(meant):8080/x")
        #expect(url.origin.addressLiteral.map { "\($0)" } == meant.filter { $0 != "[" && $0 != "]" })
    }

    static let invalid = [
        "", " ", "receiver.example", "/x", "https:/h.example", "https//h.example", "https://", "https:///x",
        "https://?x", "https://#", "https://.", "https://..", "https://.h.example/", "https://h..example/",
        "https://h.example../", "https://-h.example/", "https://h-.example/", "https://h,i.example/",
        "https://h%2eexample/", "https://h.example/\u{FC}", "https://h.example?\u{FC}", "https://h.example#\u{FC}",
        "https://h.example/\u{301}x", "https://h.example\u{FF0F}x", "https://h.example\u{FF1A}80/",
        "https://h.example:\u{FF18}\u{FF10}/", "https://h.example:\u{301}80/", "https://u\u{FF20}h.example/",
        "https://h.example\u{FF1F}x/", "https://\u{2100}.example/", "https://\u{FF3B}::1\u{FF3D}/",
        "https://[\u{FF1A}\u{FF1A}1]/", "https://-\u{FC}.example/", "https://\u{FC}..example/",
        "https://\u{FC}.example../", "https://\u{AD}.example/", "https://ab--\u{FC}.example/",
        "https://xn--\u{FC}.example/",
        "https://\u{FC}\u{202E}.example/", "https://\u{FC}\u{85}.example/", "https://\u{FC}\u{0}.example/",
        "https://\u{FC}%2eexample/", "https://\u{FC}@h.example/", "https://\u{1F4}\u{0378}.example/",
        "https://h .example/",
        "https://h.example/a b", " https://h.example/", "https://h.example/\n", "https://h.example/\r\nX: y",
        "https://h.example/\t", "https://h.example/\u{0}", "https://h.example/\u{7F}", "https://h.example\\@i.example/",
        "https://h.example/a\\b", "https://h.example/{id}", "https://h.example/a|b", "https://h.example/a^b",
        "https://h.example/a`b", "https://h.example/<b>", "https://h.example/\"", "https://user@h.example/",
        "https://user:pw@h.example/", "https://@h.example/", "https://a@b@c.example/", "https://user@[::1]/",
        "https://h.example:0/", "https://h.example:65536/", "https://h.example:99999999999999999999/",
        "https://h.example:80a/", "https://h.example:-1/", "https://h.example:+80/", "https://h.example:80:90/",
        "https://::1/", "https://256.1.1.1/", "https://1.2.3.4.5/", "https://1.2.3.08/", "https://1.2.3.256/",
        "https://1.2.65536/", "https://4294967296/", "https://0x100000000/", "https://1..2/", "https://1.2.3.4../",
        "https://0x-0/", "https://1.2.3.0x-1/", "https://1.2.3.0x+1/", "https://h.example.1/",
        "https://[::1/", "https://::1]/", "https://[::1]x/", "https://[::1]:x/", "https://[fe80::1%25eth0]/",
        "https://[]/",
        "https://[1.2.3.4]/", "https://[::1].example/", "https://[h.example]/", "https://x[::1]/", "https://[[::1]]/",
        "https://h.example/%zz", "https://h.example/100%", "https://h.example/?q=%4", "https://h.example/%+1",
    ]

    @Test("A malformed or ambiguous URL is invalid", arguments: invalid)
    func rejects(_ written: String) {
        #expect(throws: WebhookURLError.self) { try WebhookURL(written) }
        #expect(kind(written) == .invalid)
    }

    @Test("A host name that libidn2 rejects is invalid, and the message says why and what to write")
    func namesTheReason() {
        let error = #expect(throws: WebhookURLError.self) { try WebhookURL("https://-\u{FC}.example/") }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("forbidden hyphen") == true && error?.message.contains("xn--") == true)
        let long = String(repeating: "\u{FC}", count: 4_000)
        #expect(kind("https://\(long).example/") == .invalid)
    }

    @Test(
        "A valid URL with another scheme than http or https is unsupported",
        arguments: [
            "ftp://h.example/", "file:///etc/passwd", "ws://h.example/", "httpsx://h.example/", "unix://h.example/",
        ])
    func rejectsScheme(_ written: String) {
        #expect(kind(written) == .unsupported)
    }

    @Test func labelsHostsAndURLsHaveMaxLengths() {
        let label = String(repeating: "a", count: 63)
        #expect(kind("https://\(label).example/") == nil)
        #expect(kind("https://\(label)a.example/") == .invalid)
        let host = Array(repeating: label, count: 3).joined(separator: ".") + "." + String(label.prefix(61))
        #expect(host.utf8.count == 253)
        #expect(kind("https://\(host)/") == nil)
        #expect(kind("https://\(host)a/") == .invalid)
        let start = "https://h.example/"
        #expect(kind(start + String(repeating: "a", count: 8_192 - start.utf8.count)) == nil)
        #expect(kind(start + String(repeating: "a", count: 8_193 - start.utf8.count)) == .invalid)
    }

    @Test func originsAreEqualIfSchemeHostAndPortAre() throws {
        let origins = try ["http://h.example", "HTTP://H.example:80/a", "http://h.example.:080/b?c#d"].map {
            try WebhookURL($0).origin
        }
        #expect(Set(origins) == [Origin(scheme: .http, host: "h.example", port: 80)])
        #expect(origins[0].description == "http://h.example")
        #expect(try WebhookURL("https://h.example:80/").origin.description == "https://h.example:80")
        #expect(try WebhookURL("https://h.example/").origin != WebhookURL("http://h.example/").origin)
    }

    private func kind(_ written: String) -> WebhookURLError.Kind? {
        do throws(WebhookURLError) {
            _ = try WebhookURL(written)
            return nil
        } catch {
            return error.kind
        }
    }
}
