import Foundation
import Glibc

/// The loop of the sink's thread: accepts, reads, records, answers.
struct SinkLoop: ~Copyable {
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    private static let goAhead = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    private let sink: Sink
    private let listeners: Set<Int32>
    private let behavior: Sink.Behavior
    private let readsCreation: Bool
    private var poller = Poller()
    private var readers: [Int32: RequestReader] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    init(_ sink: Sink, _ listeners: [Int32], _ behavior: Sink.Behavior, readsCreation: Bool) {
        self.sink = sink
        self.listeners = Set(listeners)
        self.behavior = behavior
        self.readsCreation = readsCreation
        listeners.forEach { poller.add($0) }
    }

    /// Handles what has arrived; waits a moment if nothing has.
    mutating func turn() {
        var ready: [Int32] = []
        poller.wait(milliseconds: 50) { ready.append($0) }
        for descriptor in ready {
            if listeners.contains(descriptor) { accept(descriptor) } else { read(descriptor) }
        }
    }

    func close() {
        for descriptor in readers.keys { Glibc.close(descriptor) }
        for descriptor in listeners { Glibc.close(descriptor) }
    }

    private mutating func accept(_ listener: Int32) {
        while true {
            guard let connection = TCPSocket.accept(listener) else { return }
            readers[connection] = RequestReader(readsCreation: readsCreation)
            poller.add(connection)
        }
    }

    private mutating func read(_ descriptor: Int32) {
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else {
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            readers[descriptor] = nil
            Glibc.close(descriptor)
            return
        }
        var complete = 0
        let sink = sink
        unsafe buffer.withUnsafeBytes { bytes in
            unsafe readers[descriptor]?.read(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { request in
                complete += 1
                Self.record(request, in: sink)
            }
        }
        if behavior == .answers { answer(descriptor, complete) }
    }

    private static func record(_ request: RequestReader.Request, in sink: Sink) {
        sink.arrivals.record(request.number, at: Clock.monotonic)
        if let created = request.createdAt, let moment = Clock.wall(ofText: created) {
            sink.note(delay: Double(Clock.wall - moment) / 1e6)
        }
    }

    private func answer(_ descriptor: Int32, _ complete: Int) {
        if readers[descriptor]?.isExpectant == true {
            _ = unsafe send(descriptor, Self.goAhead, Self.goAhead.count, Int32(MSG_NOSIGNAL))
        }
        for _ in 0..<complete {
            _ = unsafe send(descriptor, Self.answer, Self.answer.count, Int32(MSG_NOSIGNAL))
        }
    }
}
