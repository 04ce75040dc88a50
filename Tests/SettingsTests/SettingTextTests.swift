import Domain
import Settings
import Testing

@Suite struct SettingTextTests {
    static let durations: [(text: String, duration: Duration)] = [
        ("0s", .zero), ("1s", .seconds(1)), ("10ms", .milliseconds(10)), ("1.5s", .milliseconds(1_500)),
        ("0.25m", .seconds(15)), ("2m", .seconds(120)), ("24h", .seconds(86_400)), ("0.001s", .milliseconds(1)),
        ("007s", .seconds(7)), ("10000h", .seconds(36_000_000)),
        ("876600h", .seconds(3_155_760_000)),
    ]

    @Test(arguments: durations)
    func readsDuration(_ text: String, _ duration: Duration) { #expect(SettingText.duration(text) == duration) }

    @Test(
        arguments: [
            "", "s", "ms", "1", "1.", "10 s", " 10s", "10s ", "-1s", "+1s", "1e3s", "0x1s", "1,5s", "1..5s", ".s",
            "10S",
            "10sec", "1d", "1us", "1m30s", "infs", "nans", "1s1s", "9999999999999999999h", "876600.001h",
            "9999999999h", "\u{0661}s",
        ])
    func rejectsDuration(_ text: String) { #expect(SettingText.duration(text) == nil) }

    static let sizes: [(text: String, bytes: Int)] = [
        ("0B", 0), ("1B", 1), ("1KiB", 1_024), ("8MiB", 8_388_608), ("1GiB", 1_073_741_824), ("0.5KiB", 512),
        ("4GiB", 4_294_967_296), ("1.5MiB", 1_572_864),
    ]

    @Test(arguments: sizes)
    func readsSize(_ text: String, _ bytes: Int) { #expect(SettingText.size(text) == bytes) }

    @Test(
        arguments: [
            "", "B", "KiB", "1", "1K", "1KB", "1MB", "1kib", "1mib", "1 MiB", "-1B", "1e3B", "1TiB", "1MiBB", "0x1B",
            "99999999999GiB",
        ])
    func rejectsSize(_ text: String) { #expect(SettingText.size(text) == nil) }

    static let modes: [(text: String, mode: UInt32?)] = [
        ("0660", 0o660), ("660", 0o660), ("0", 0), ("777", 0o777), ("0600", 0o600), ("1777", nil), ("888", nil),
        ("0o660", nil), ("", nil), ("rw-rw----", nil), ("-660", nil), (" 660", nil),
    ]

    @Test(arguments: modes)
    func readsOctalMode(_ text: String, _ mode: UInt32?) { #expect(SettingText.mode(text) == mode) }

    static let addresses: [(text: String, host: String, port: Int, isLoopback: Bool)] = [
        ("127.0.0.1:9464", "127.0.0.1", 9_464, true), ("127.9.9.9:1", "127.9.9.9", 1, true),
        ("localhost:0", "localhost", 0, true), ("0.0.0.0:9464", "0.0.0.0", 9_464, false),
        ("10.0.0.1:65535", "10.0.0.1", 65_535, false), ("relay.example:80", "relay.example", 80, false),
        ("127.relay.example:80", "127.relay.example", 80, false), ("128.0.0.1:80", "128.0.0.1", 80, false),
        ("[::]:80", "[::]", 80, false), ("[::1]:9464", "[::1]", 9_464, true), ("[fd00::1]:1", "[fd00::1]", 1, false),
        ("[::2]:80", "[::2]", 80, false),
    ]

    @Test(arguments: addresses)
    func readsAddress(_ text: String, _ host: String, _ port: Int, _ isLoopback: Bool) throws {
        let address = try #require(TCPAddress(text))
        #expect(address.host == host && address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    static let spellings: [(text: String, address: String, name: String)] = [
        ("[0:0:0:0:0:0:0:1]:80", "[::1]:80", "::1"), ("127.1:80", "127.0.0.1:80", "127.0.0.1"),
        ("LOCALHOST:080", "localhost:80", "localhost"),
        ("b\u{FC}cher.example:80", "xn--bcher-kva.example:80", "xn--bcher-kva.example"),
    ]

    @Test("An address has one spelling, and a name to bind without brackets", arguments: spellings)
    func addressSpelling(_ text: String, _ shown: String, _ name: String) throws {
        let address = try #require(TCPAddress(text))
        #expect(address.description == shown && address.nameToBind == name)
        #expect(TCPAddress(shown) == address)
    }

    @Test(arguments: [
        "::1:9464", "[::1]", "[::1:9464", "::1]:9464", "[::1]9464", "[]:80", "[127.0.0.1]:80", "[fe80::1%eth0]:80",
        "a b:80",
        "a/b:80", "a:80:80", "u@h:80", "localhost:+80", "localhost: 80", "300.1.1.1:80",
        "", ":", "9464", ":9464", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1",
    ])
    func rejectsAddress(_ text: String) { #expect(TCPAddress(text) == nil) }
}
