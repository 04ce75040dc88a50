import Foundation
import Glibc

/// A kept HTTP/1.1 connection to 127.0.0.1 on which one thread at a time sends requests.
final class HTTPConnection: @unchecked Sendable {
    private let descriptor: Int32
    private let path: String
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(port: UInt16, path: String) throws {
        descriptor = try TCPSocket.connect(port: port)
        self.path = path
    }

    deinit { close(descriptor) }

    /// Posts a body and waits for the answer.
    ///
    /// - Returns: the status.
    @discardableResult func post(_ body: [UInt8]) throws -> Int {
        let head =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        var rest = (Array(head.utf8) + body)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure("cannot post: \(Failure.reason)") }
            rest = rest.dropFirst(count)
        }
        return try readAnswer()
    }

    /// Reads an answer that has a `Content-Length`.
    private func readAnswer() throws -> Int {
        var answer: [UInt8] = []
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw Failure("the server closed the connection: \(Failure.reason)") }
            answer += buffer[..<count]
            let text = String(decoding: answer, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let lines = text[..<end.lowerBound].lowercased().split(separator: "\r\n")
            let length = lines.first { $0.hasPrefix("content-length:") }?.split(separator: " ").last.flatMap { Int($0) }
            guard text[end.upperBound...].utf8.count >= length ?? 0 else { continue }
            return lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
    }
}
