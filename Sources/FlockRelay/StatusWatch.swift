import Domain
import Foundation
import Glibc
import Status
import Terminal

/// The live screen of `status --watch`.
struct StatusWatch {
    private static let interval = Duration.seconds(1)

    private enum Event: Sendable {
        case terminal(TerminalEvents.Event)
        /// nil: the relay does not answer.
        case answers(WatchState.Answers?)
    }

    let client: StatusClient

    /// Runs until the user quits.
    ///
    /// - Throws: an exit code if the relay does not answer at the start, or ``StandardOutput/Closed``.
    func run() async throws {
        // Says why, if there is no answer.
        _ = try await client.status()
        guard let first = await client.watchAnswers() else { throw client.notReachable }
        var state = WatchState(first)
        let terminal = TerminalEvents()
        defer { withExtendedLifetime(terminal) {} }
        let mode = TerminalMode()
        try mode.enter()
        defer { mode.leave() }
        try draw(state)
        for await event in events(terminal.events) {
            switch event {
            case .answers(let answers): accept(answers, &state)
            case .terminal(.key("q")), .terminal(.key("Q")), .terminal(.stopped): return
            case .terminal(.key(" ")), .terminal(.key("p")), .terminal(.key("P")): state.isPaused.toggle()
            case .terminal(.key), .terminal(.resized): break
            case .terminal(.suspended):
                mode.leave()
                kill(getpid(), SIGSTOP)
                continue
            case .terminal(.continued): try mode.enter()
            }
            try draw(state)
        }
    }

    private func accept(_ answers: WatchState.Answers?, _ state: inout WatchState) {
        guard let answers else {
            if state.lostSince == nil { state.lostSince = .system }
            return
        }
        state.lostSince = nil
        if !state.isPaused { state.answers = answers }
    }

    private func draw(_ state: WatchState) throws(StandardOutput.Closed) {
        let size = TerminalMode.size
        let now = state.isPaused || state.lostSince != nil ? state.answers.receivedAt : .system
        let lines = WatchScreen(now: now).lines(state, size: size)
        try StandardOutput.write(Frame.text(lines, size: size, colored: StandardOutput.isColored))
    }

    private func events(_ terminal: AsyncStream<TerminalEvents.Event>) -> AsyncStream<Event> {
        AsyncStream { continuation in
            let tasks = [
                Task {
                    for await event in terminal { continuation.yield(.terminal(event)) }
                },
                Task {
                    while (try? await Task.sleep(for: Self.interval)) != nil {
                        continuation.yield(.answers(await client.watchAnswers()))
                    }
                },
            ]
            continuation.onTermination = { _ in for task in tasks { task.cancel() } }
        }
    }
}
