package import NIOCore
package import NIOHTTP1

/// A whole request.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    /// Path and query, as sent.
    package let target: String
    package let headers: HTTPHeaders
    package let body: ByteBuffer

    package init(method: HTTPMethod, target: String, headers: HTTPHeaders, body: ByteBuffer) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}
