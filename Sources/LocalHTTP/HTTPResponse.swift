package import NIOCore
package import NIOHTTP1

/// A whole response, or one whose body is a stream.
package struct HTTPResponse: Sendable {
    package let status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package let body: ByteBuffer
    /// The body, if it is written part by part; ``body`` is empty then.
    package let stream: (any HTTPBodyStream)?

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
        stream = nil
    }

    /// A response that ends with its stream, and its connection with it.
    package init(status: HTTPResponseStatus, contentType: String, stream: any HTTPBodyStream) {
        self.status = status
        headers = ["Content-Type": contentType]
        body = ByteBuffer()
        self.stream = stream
    }

    package init(status: HTTPResponseStatus, contentType: String, text: String) {
        self.init(status: status, headers: ["Content-Type": contentType], body: ByteBuffer(string: text))
    }
}
