import Domain
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Writes lines to an event socket and waits until they are acknowledged.
struct LineSender {
    struct Input: Sendable {
        enum Content: Sendable {
            case file(FileHandle)
            /// Lines, each with its LF.
            case text(String)
        }

        let name: String
        let content: Content
    }

    /// The replies to the lines.
    struct Report: Sendable {
        /// Lines acknowledged, including blank ones.
        let lines: Int
        let rejections: [RejectedLine]
    }

    struct RejectedLine: Sendable, CustomStringConvertible {
        /// The name of its input.
        let input: String
        /// Its number in the input, from 1.
        let line: Int
        let code: String
        let message: String

        var description: String { "\(input):\(line): \(code): \(message)" }
    }

    /// Why not all lines were acknowledged.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let group: any EventLoopGroup

    /// - Parameter sockets: paths to try; the first that accepts a connection is used.
    func send(_ inputs: [Input], to sockets: [String]) async throws -> Report {
        let channel = try await connect(sockets)
        let ledger = SentLines()
        return try await channel.executeThenClose { replies, lines in
            try await lines.write(ByteBuffer(string: "{\"type\":\"hello\",\"acks\":true,\"grace\":true}\n"))
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    do {
                        for input in inputs { try await write(input, ledger, lines) }
                        ledger.finish()
                        // An empty line gets an acknowledgement even if all lines before it are acknowledged.
                        try await lines.write(ByteBuffer(string: "\n"))
                    } catch {
                        // Ends the wait for replies below.
                        try? await channel.channel.close()
                        throw error
                    }
                }
                do {
                    if let report = try await report(on: replies, ledger) { return report }
                    try await tasks.next()
                } catch is IOError {
                    // The relay is gone.
                }
                throw Problem(
                    description: "the relay closed the connection before all lines were acknowledged; "
                        + "send them again; artifacts that were accepted are dropped as duplicates")
            }
        }
    }

    /// - Returns: nil if the relay ends the connection before all lines are acknowledged.
    private func report(
        on replies: NIOAsyncChannelInboundStream<ByteBuffer>, _ ledger: SentLines
    ) async throws -> Report? {
        var text = ""
        for try await bytes in replies {
            text += String(buffer: bytes)
            while let end = text.firstIndex(of: "\n") {
                try ledger.take(reply: text[..<end])
                text = String(text[text.index(after: end)...])
            }
            if let report = ledger.report { return report }
        }
        return nil
    }

    private func connect(_ sockets: [String]) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        for socket in sockets {
            let connection = try? await ClientBootstrap(group: group).connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
            if let connection { return connection }
        }
        throw Problem(description: SocketCandidates.problem("accepts events", at: sockets, option: "--socket"))
    }

    private func write(
        _ input: Input, _ ledger: SentLines, _ lines: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        ledger.begin(input.name)
        switch input.content {
        case .text(let text):
            ledger.count(text.utf8.count { $0 == UInt8(ascii: "\n") })
            try await lines.write(ByteBuffer(string: text))
        case .file(let file): try await write(file, named: input.name, ledger, lines)
        }
    }

    private func write(
        _ file: FileHandle, named name: String, _ ledger: SentLines,
        _ lines: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var last = UInt8(ascii: "\n")
        var next = try await start(of: file, named: name)
        while let chunk = next {
            last = chunk.last ?? last
            ledger.count(chunk.count { $0 == UInt8(ascii: "\n") })
            try await lines.write(ByteBuffer(bytes: chunk))
            next = try await read(file, named: name)
        }
        if last != UInt8(ascii: "\n") {
            ledger.count(1)
            try await lines.write(ByteBuffer(string: "\n"))
        }
    }

    /// The first bytes without a byte order mark, which a pipe may give in pieces.
    private func start(of file: FileHandle, named name: String) async throws -> Data? {
        guard var start = try await read(file, named: name) else { return nil }
        while start.count < ByteOrderMark.bytes.count, ByteOrderMark.bytes.starts(with: start),
            let more = try await read(file, named: name)
        { start += more }
        return ByteOrderMark.dropped(from: start)
    }

    /// Reads on a separate thread, because reading from a terminal may block for long.
    private func read(_ file: FileHandle, named name: String) async throws -> Data? {
        try await NIOThreadPool.singleton.runIfActive {
            do {
                let chunk = try file.read(upToCount: 1 << 16)
                return chunk?.isEmpty == true ? nil : chunk
            } catch {
                throw Problem(description: "cannot read \(name); check that it is a file that you may read")
            }
        }
    }
}

/// The lines that were sent, and the relay's replies to them.
private final class SentLines: Sendable {
    private struct State {
        /// Each input with the number of lines sent before it.
        var inputs: [(name: String, before: Int)] = []
        var sent = 0
        var isComplete = false
        var acknowledged = 0
        var rejections: [LineSender.RejectedLine] = []
    }

    /// The hello line is sent before all others.
    private static let helloLines = 1
    private let state = Mutex(State())

    func begin(_ name: String) { state.withLock { $0.inputs.append((name, $0.sent)) } }
    func count(_ lines: Int) { state.withLock { $0.sent += lines } }
    func finish() { state.withLock { $0.isComplete = true } }

    /// The report, once every line has been acknowledged.
    var report: LineSender.Report? {
        state.withLock { state in
            guard state.isComplete, state.acknowledged > state.sent + Self.helloLines else { return nil }
            return LineSender.Report(lines: state.sent, rejections: state.rejections)
        }
    }

    func take(reply: Substring) throws {
        struct Reply: Decodable {
            let ack: Int?
            let rejected: Int?
            let code: String?
            let message: String?
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(reply.utf8)) else {
            throw LineSender.Problem(description: "the socket does not answer like a relay; check --socket")
        }
        state.withLock { state in
            if let acknowledged = reply.ack { state.acknowledged = acknowledged }
            guard let rejected = reply.rejected else { return }
            let line = rejected - Self.helloLines
            guard let input = state.inputs.last(where: { $0.before < line }) else { return }
            state.rejections.append(
                LineSender.RejectedLine(
                    input: input.name, line: line - input.before, code: reply.code ?? "rejected",
                    message: reply.message ?? ""))
        }
    }
}
