package import NIOCore
package import NIOHTTP1

/// A whole response.
package struct HTTPResponse: Sendable {
    package let status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package let body: ByteBuffer

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: HTTPResponseStatus, contentType: String, text: String) {
        self.init(status: status, headers: ["Content-Type": contentType], body: ByteBuffer(string: text))
    }
}
