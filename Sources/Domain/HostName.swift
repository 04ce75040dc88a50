/// The host of a URL or of an address to listen on.
package enum HostName {
    /// The one spelling in which a host is checked, stored, looked up, sent and shown: an IPv4 address as dotted decimal,
    /// an IPv6 address by RFC 5952 in brackets, a name in lower-case ASCII without a trailing dot.
    ///
    /// - Throws: ``WebhookURLError`` if `written` is no host.
    package static func canonical(_ written: Substring) throws(WebhookURLError) -> String {
        if let address = bracketed(written) { return "[\(address)]" }
        guard let host = nameOrIPv4(try ascii(written)) else {
            throw .invalid("its host is neither a name nor an IP address (IPv6 in brackets)")
        }
        return host
    }

    /// A host in canonical form as an address; nil if it is a name.
    package static func literal(_ host: String) -> IPAddress? {
        bracketed(host[...]).map(IPAddress.v6) ?? IPv4Address(anySpelling: host).map(IPAddress.v4)
    }

    private static func bracketed(_ written: Substring) -> IPv6Address? {
        guard written.hasPrefix("["), written.hasSuffix("]") else { return nil }
        return IPv6Address(String(written.dropFirst().dropLast()))
    }

    private static func ascii(_ name: Substring) throws(WebhookURLError) -> String {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return name.lowercased() }
        do throws(InternationalizedName.Problem) {
            return try InternationalizedName.ascii(String(name))
        } catch {
            throw .invalid(
                "its host is not an internationalized domain name (libidn2: \(error.reason)); correct it, or write the "
                    + "name in ASCII (xn--…)")
        }
    }

    /// A host whose last label is a number must be an IPv4 address (WHATWG URL, "ends in a number checker").
    private static func nameOrIPv4(_ written: String) -> String? {
        let host = written.hasSuffix(".") ? String(written.dropLast()) : written
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, host.utf8.count <= 253 else { return nil }
        if last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) || last.hasPrefix("0x") {
            return IPv4Address(anySpelling: host)?.description
        }
        return labels.allSatisfy(isLabel) ? host : nil
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
            }
    }
}
