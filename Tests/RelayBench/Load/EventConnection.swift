import Foundation
import Glibc
import UnixSocket

/// A writer on an event socket, which reads acknowledgements while it writes.
final class EventConnection {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 14)
    private var replies: [UInt8] = []
    private(set) var sent = 0
    /// Lines that are acknowledged.
    private(set) var acknowledged = 0

    var unacknowledged: Int { sent - acknowledged }

    /// Connects to a socket.
    ///
    /// - Parameter hello: the first line, which asks for acknowledgements; nil for a server that sends none.
    init(_ path: String, hello: String? = #"{"type":"hello","acks":true,"grace":false}"#) throws {
        descriptor = try SocketAddress.open(path, flags: Int32(SOCK_NONBLOCK.rawValue))
        guard try SocketAddress.connect(descriptor, to: path) else {
            throw Failure("cannot connect to \(path): \(Failure.reason)")
        }
        if let hello { try write([UInt8]((hello + "\n").utf8), lines: 1) }
    }

    deinit { close(descriptor) }

    /// Writes whole lines. Blocks while the socket is full.
    func write(_ bytes: [UInt8], lines: Int) throws {
        sent += lines
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                wait(POLLIN | POLLOUT, milliseconds: 1_000)
                try readReplies()
            } else if errno != EINTR {
                throw Failure("the event socket ended: \(Failure.reason)")
            }
        }
    }

    /// Reads replies; waits at most this long for the first.
    func readReplies(milliseconds: Int32) throws {
        wait(POLLIN, milliseconds: milliseconds)
        try readReplies()
    }

    /// Waits until all lines are acknowledged.
    func waitForAcknowledgements(seconds: Double = 60) throws {
        let deadline = Clock.monotonic + Int64(seconds * 1e9)
        while unacknowledged > 0 {
            guard Clock.monotonic < deadline else { throw Failure("\(unacknowledged) lines are not acknowledged") }
            try readReplies(milliseconds: 100)
        }
    }

    private func wait(_ events: Int32, milliseconds: Int32) {
        var waited = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = unsafe poll(&waited, 1, milliseconds)
    }

    private func readReplies() throws {
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            throw Failure("the event socket ended")
        }
        replies += buffer[..<count]
        guard let end = replies.lastIndex(of: UInt8(ascii: "\n")) else { return }
        for line in replies[..<end].split(separator: UInt8(ascii: "\n")) { try read(line) }
        replies.removeSubrange(...end)
    }

    private func read(_ reply: ArraySlice<UInt8>) throws {
        let prefix = #"{"ack":"#.utf8
        guard reply.starts(with: prefix) else {
            throw Failure("a line was rejected: \(String(decoding: reply, as: UTF8.self))")
        }
        let digits = reply.dropFirst(prefix.count).prefix { (0x30...0x39).contains($0) }
        acknowledged = digits.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
    }
}
