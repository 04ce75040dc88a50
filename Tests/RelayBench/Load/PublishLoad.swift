import Foundation
import Synchronization

/// Publishes artifacts with webhooks on a Flock server, several requests at a time.
final class PublishLoad: Load {
    /// Requests at a time; more make the server slower.
    private static let connections = 16

    private let state: State

    init(port: UInt16, url: String, bytes: Int, window: Int, delivered: @escaping @Sendable () -> Int) throws {
        state = State(url: url, bytes: bytes, window: window, delivered: delivered)
        for _ in 0..<Self.connections {
            let connection = try HTTPConnection(port: port, path: "/api/v1/artifacts")
            Thread { [state] in state.publish(on: connection) }.start()
        }
    }

    func run(until moment: Int64) throws {
        state.end.store(moment, ordering: .releasing)
        Clock.sleep(until: moment)
        if state.failed.load(ordering: .acquiring) { throw Failure("the Flock server did not accept an artifact") }
    }

    func finish() -> Int? {
        while state.busy.load(ordering: .acquiring) > 0 { Clock.sleep(seconds: 0.01) }
        return state.next.load(ordering: .acquiring)
    }

    private final class State: Sendable {
        let end = Atomic<Int64>(0)
        let next = Atomic<Int>(0)
        let busy = Atomic<Int>(0)
        let failed = Atomic<Bool>(false)
        private let url: String
        private let bytes: Int
        private let window: Int
        private let delivered: @Sendable () -> Int

        init(url: String, bytes: Int, window: Int, delivered: @escaping @Sendable () -> Int) {
            self.url = url
            self.bytes = bytes
            self.window = window
            self.delivered = delivered
        }

        func publish(on connection: HTTPConnection) {
            while !failed.load(ordering: .acquiring) {
                busy.add(1, ordering: .acquiringAndReleasing)
                let mayPublish =
                    Clock.monotonic < end.load(ordering: .acquiring)
                    && next.load(ordering: .acquiring) - delivered() < window
                if mayPublish {
                    let number = next.add(1, ordering: .acquiringAndReleasing).oldValue
                    let status = try? connection.post(Self.body(number, url, bytes))
                    if status.map({ !(200...299).contains($0) }) ?? true { failed.store(true, ordering: .releasing) }
                }
                busy.subtract(1, ordering: .acquiringAndReleasing)
                if !mayPublish { Clock.sleep(seconds: 0.002) }
            }
        }

        private static func body(_ number: Int, _ url: String, _ bytes: Int) -> [UInt8] {
            let digits = String(number)
            let padded = String(repeating: "0", count: RequestReader.digits - digits.count) + digits
            let filling = String(repeating: "x", count: max(bytes - 350, 1))
            let webhook = #""webhook":{"url":"\#(url)","secret":"benchmark"}"#
            return Array(#"{"type":"Note","payload":{"text":"@@\#(padded)\#(filling)"},\#(webhook)}"#.utf8)
        }
    }
}
