package import Domain

/// The base URL of an OTLP/HTTP endpoint, to which each signal's own path is appended.
package enum OTLPEndpoint {
    /// The accepted form, to follow "must be".
    package static let form = "an http:// or https:// URL without user, password and query, e.g. http://localhost:4318"

    private static let tracesPath = "v1/traces"

    /// - Returns: nil for text of another form.
    package static func base(_ text: String) -> WebhookURL? {
        guard let url = try? WebhookURL(text), !url.target.contains("?") else { return nil }
        return url
    }

    /// Where spans are sent.
    static func traces(below base: WebhookURL) -> WebhookURL {
        let path = base.target.hasSuffix("/") ? base.target : base.target + "/"
        return WebhookURL(checked: base.origin, target: path + tracesPath)
    }
}
