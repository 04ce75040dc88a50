/// A complete answer of the status socket.
package struct StatusAnswer: Sendable {
    package let status: Int
    package let head: String
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    package var json: JSON {
        get throws { try JSON(parsing: body) }
    }

    /// Sends one request on a new connection.
    static func get(_ target: String, method: String, socket: String) async throws -> StatusAnswer {
        try await get(target, method: method, host: "relay", on: try await RawConnection(socket: socket))
    }

    /// Sends one request on TCP, with any Host header.
    package static func get(
        _ target: String, host: String, address: String = "127.0.0.1", port: Int
    ) async throws -> StatusAnswer {
        try await get(target, method: "GET", host: host, on: try await RawConnection(address: address, port: port))
    }

    private static func get(
        _ target: String, method: String, host: String, on connection: RawConnection
    ) async throws -> StatusAnswer {
        defer { connection.close() }
        try await connection.write(
            "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
        try await eventually("an answer to \(method) \(target)") { connection.hasEnded }
        let bytes = connection.bytes
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw NotInTime(description: "no complete answer to \(method) \(target)")
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return StatusAnswer(status: status, head: head, body: Array(bytes[end.upperBound...]))
    }

    /// The value of one series of the Prometheus text format; 0 if it is missing.
    package func sample(_ series: String) -> Double {
        text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
    }
}
