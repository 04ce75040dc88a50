/// Writes artifacts to an event socket as fast as they are acknowledged and delivered.
final class SocketLoad: Load {
    /// How far the writer may be ahead.
    struct Window {
        /// Lines that are not acknowledged.
        var lines = 4_096
        /// Artifacts that have not arrived; nil for a receiver that never answers.
        var deliveries: Int? = 8_192
    }

    private static let batch = 256

    let connection: EventConnection
    private let lines: EventLines
    private let window: Window
    private let acknowledges: Bool
    private let delivered: () -> Int
    private(set) var next = 0

    /// - Parameters:
    ///   - acknowledges: whether the contender acknowledges lines.
    ///   - delivered: how many artifacts have arrived.
    init(
        _ connection: EventConnection, _ lines: EventLines, window: Window, acknowledges: Bool,
        delivered: @escaping () -> Int
    ) {
        self.connection = connection
        self.lines = lines
        self.window = window
        self.acknowledges = acknowledges
        self.delivered = delivered
    }

    func run(until moment: Int64) throws { try run { Clock.monotonic >= moment } }

    /// Writes until this many lines are written in all.
    func run(count: Int) throws { try run { self.next >= count } }

    /// Writes one artifact.
    func send() throws {
        var bytes: [UInt8] = []
        lines.append(next, to: &bytes)
        next += 1
        try connection.write(bytes, lines: 1)
        if acknowledges { try connection.readReplies(milliseconds: 0) }
    }

    func finish() throws -> Int? {
        if acknowledges { try connection.waitForAcknowledgements() }
        return next
    }

    private func run(until isOver: () -> Bool) throws {
        var bytes: [UInt8] = []
        while !isOver() {
            guard hasRoom else {
                try connection.readReplies(milliseconds: 1)
                continue
            }
            bytes.removeAll(keepingCapacity: true)
            for number in next..<(next + batch) { lines.append(number, to: &bytes) }
            next += batch
            try connection.write(bytes, lines: batch)
            if acknowledges { try connection.readReplies(milliseconds: 0) }
        }
    }

    /// One write has at most 256 lines, fewer if the window is small.
    private var batch: Int { max(min(Self.batch, window.lines / 16, (window.deliveries ?? .max) / 16), 1) }

    private var hasRoom: Bool {
        if acknowledges, connection.unacknowledged + batch > window.lines { return false }
        return window.deliveries.map { next - delivered() + batch <= $0 } ?? true
    }
}
