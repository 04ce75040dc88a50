internal import LocalHTTP
internal import NIOHTTP1

/// The live page: one HTML document, made of the files in `Page`, which the build embeds in the executable.
enum LivePage {
    /// The document without the nonce, which stands between its parts.
    private static let parts = assemble()

    /// The document. Each answer has a nonce of its own, without which a browser runs no script and applies no style.
    static func response() -> HTTPResponse {
        var random = SystemRandomNumberGenerator()
        let nonce = String(random.next(), radix: 36) + String(random.next(), radix: 36)
        var response = HTTPResponse(
            status: .ok, contentType: "text/html; charset=utf-8", text: parts.joined(separator: nonce))
        response.headers.add(contentsOf: [
            "Content-Security-Policy": policy(nonce), "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
        ])
        return response
    }

    /// Allows this document and requests to where it comes from, and nothing else. With `trusted-types`, scripts cannot
    /// turn text into markup.
    private static func policy(_ nonce: String) -> String {
        """
        default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """
    }

    private static func assemble() -> [String] {
        let scripts = [
            PackageResources.text_js, PackageResources.dom_js, PackageResources.table_js, PackageResources.relay_js,
            PackageResources.plot_js, PackageResources.overview_js, PackageResources.attempts_js,
            PackageResources.receivers_js, PackageResources.workflows_js, PackageResources.timeline_js,
            PackageResources.workflow_js, PackageResources.main_js,
        ]
        let style = "<style nonce=\"", script = "<script type=\"module\" nonce=\""
        let html = compact(PackageResources.index_html)
        let halves = html.split(separator: "<style>", maxSplits: 1)
        let rest = halves[1].split(separator: "<script type=\"module\">", maxSplits: 1)
        return [
            halves[0] + style, "\">\n" + dense(compact(PackageResources.page_css)) + rest[0] + script,
            "\">\n" + terse(scripts.map(compact).joined()) + rest[1],
        ]
    }

    /// A style sheet without the white space that it does not need.
    private static func dense(_ style: String) -> String {
        replace([(" {", "{"), ("{ ", "{"), (": ", ":"), ("; ", ";"), (", ", ","), (" }", "}"), (";}", "}")], in: style)
    }

    /// A script without some of the white space that it does not need. No text in the scripts contains these signs.
    private static func terse(_ script: String) -> String {
        replace([(" = ", "="), (" => ", "=>"), (" {", "{"), ("{ ", "{"), (" }", "}")], in: script)
    }

    private static func replace(_ pairs: [(String, String)], in text: String) -> String {
        pairs.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// The lines of a file without indentation, comments and empty lines: browsers need none of them.
    private static func compact(_ file: [UInt8]) -> String {
        let lines = String(decoding: file, as: UTF8.self).split(separator: "\n").map { $0.drop { $0 == " " } }
        let code = lines.filter { line in !["//", "/**", "* ", "*/"].contains { line.hasPrefix($0) } }
        return code.map { $0 + "\n" }.joined()
    }
}
