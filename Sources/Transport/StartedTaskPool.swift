internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// Started tasks of one URLSession that wait for a request.
///
/// To start a task, URLSession makes the caller wait for the session's queue three times. With one task after another, that
/// takes longer than all else that a request needs, so tasks are started in advance, on a thread of their own.
final class StartedTaskPool: Sendable {
    /// Tasks that wait for a request while there are enough: at first, and at most. More cost memory (2 KB each), fewer
    /// cost more wake-ups of the thread: 4 % of the processor time of a delivery at 64 instead of 256.
    private static let sizes = 32...256

    private struct State {
        var size = StartedTaskPool.sizes.lowerBound
        var ready: [StartedTask] = []
        /// Requests that came while no task was ready.
        var waiting: [Transfer] = []
        /// Tasks that are being started.
        var starting = 0
        var isFilling = false

        var missing: Int { size + waiting.count - ready.count - starting }

        /// Takes a task; if there is none, the transfer waits for one, and from then on more are kept ready.
        mutating func takeTask(for transfer: Transfer) -> StartedTask? {
            if let task = ready.popLast() { return task }
            waiting.append(transfer)
            size = min(size * 2, StartedTaskPool.sizes.upperBound)
            return nil
        }

        /// Whether the thread must be woken. It starts several tasks at a time.
        mutating func beginFilling() -> Bool {
            guard !isFilling, missing >= size / 2 || !waiting.isEmpty else { return false }
            isFilling = true
            return true
        }

        /// - Returns: how many tasks to start; 0: filling has ended.
        mutating func takeMissing() -> Int {
            let count = max(missing, 0)
            starting += count
            isFilling = count > 0
            return count
        }
    }

    private let session: URLSession
    private let send: @Sendable (Transfer) -> Void
    private let state = Mutex(State())
    private let fill = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - name: of the thread.
    ///   - send: called with each transfer once it has a task, on any thread.
    init(_ session: URLSession, name: String, send: @escaping @Sendable (Transfer) -> Void) {
        self.session = session
        self.send = send
        let thread = Thread { [self] in
            Thread.current.name = name
            run()
        }
        thread.start()
    }

    /// Starts a transfer as soon as there is a task for it. Called from any thread.
    func start(_ transfer: Transfer) {
        let (task, mustFill) = state.withLock { state in
            let task = state.takeTask(for: transfer)
            return (task, state.beginFilling())
        }
        if mustFill { fill.signal() }
        if let task { start(transfer, on: task) }
    }

    private func start(_ transfer: Transfer, on task: StartedTask) {
        transfer.task = task
        send(transfer)
    }

    private func run() {
        while true {
            while true {
                let count = state.withLock { $0.takeMissing() }
                if count == 0 { break }
                StartedTask.start(count, in: session) { [self] in isStarted($0) }
            }
            fill.wait()
        }
    }

    private func isStarted(_ task: StartedTask) {
        let transfer: Transfer? = state.withLock { state in
            state.starting -= 1
            if state.waiting.isEmpty {
                state.ready.append(task)
                return nil
            }
            return state.waiting.removeFirst()
        }
        if let transfer { start(transfer, on: task) }
    }
}
