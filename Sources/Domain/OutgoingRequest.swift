/// One POST, ready to be sent.
package struct OutgoingRequest: Sendable {
    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let url: WebhookURL
    /// The checked addresses to connect to, in the order in which they are tried. At least one.
    package let addresses: [IPAddress]
    /// The HTTP proxy to use; nil: connect directly.
    package let proxy: ProxyEndpoint?
    /// All headers but `Host`, which is derived from the URL. Names and values are printable ASCII.
    package let headers: [Header]
    package let body: [UInt8]
    /// The longest time from sending to the final response headers.
    package let timeout: Duration

    package init(
        url: WebhookURL, addresses: [IPAddress], proxy: ProxyEndpoint?, headers: [Header], body: [UInt8],
        timeout: Duration
    ) {
        self.url = url
        self.addresses = addresses
        self.proxy = proxy
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}
