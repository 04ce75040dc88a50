/// A writer on the event socket that sends any bytes and parses the replies.
package final class LineClient: Sendable {
    /// A reply of the relay.
    package enum Reply: Hashable, Sendable {
        case ack(Int)
        case rejected(Int, code: String)
        /// A line that docs/protocol.md does not define.
        case strange(String)
    }

    private let connection: RawConnection

    /// - Parameters:
    ///   - greets: whether the first line is a `hello` that asks for replies.
    ///   - grace: the grace option of that `hello`.
    package init(socket: String, greets: Bool = true, grace: Bool = true, reads: Bool = true) async throws {
        connection = try await RawConnection(socket: socket, reads: reads)
        if greets { try await send(#"{"type":"hello","acks":true,"grace":\#(grace)}"#) }
    }

    /// Writes lines, each with its LF.
    package func send(_ lines: String...) async throws { try await send(lines) }

    package func send(_ lines: [String]) async throws {
        try await connection.write(lines.map { $0 + "\n" }.joined().utf8)
    }

    package func write(_ bytes: some Sequence<UInt8>) async throws { try await connection.write(bytes) }

    package func finishWriting() async throws { try await connection.finishWriting() }

    package func close() { connection.close() }

    package func startReading() async throws { try await connection.startReading() }

    package var hasEnded: Bool { connection.hasEnded }

    /// All replies so far, in order.
    package var replies: [Reply] {
        let text = String(decoding: connection.bytes, as: UTF8.self)
        let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return whole.map { Self.reply(String($0)) }
    }

    package var acknowledged: Int { acknowledgements.last ?? 0 }

    package var acknowledgements: [Int] {
        replies.compactMap { if case .ack(let line) = $0 { line } else { nil } }
    }

    /// Codes of rejected lines, by line number.
    package var rejections: [Int: String] {
        let pairs = replies.compactMap { reply -> (Int, String)? in
            if case .rejected(let line, let code) = reply { (line, code) } else { nil }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Waits until this many lines, `hello` included, are acknowledged.
    package func waitForAcknowledgement(of lines: Int, within limit: Duration = .seconds(15)) async throws {
        try await eventually("\(lines) lines acknowledged, so far \(acknowledged)", within: limit) {
            acknowledged >= lines
        }
    }

    private static func reply(_ line: String) -> Reply {
        guard let reply = try? JSON(parsing: line.utf8) else { return .strange(line) }
        if let line = reply.ack.number { return .ack(Int(line)) }
        if let line = reply.rejected.number, let code = reply.code.text, reply.message.text?.isEmpty == false {
            return .rejected(Int(line), code: code)
        }
        return .strange(line)
    }
}
