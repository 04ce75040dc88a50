import Domain
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// What a user sees on a terminal.
    @Suite struct TerminalTests {
        private static let size = (columns: 80, rows: 24)

        /// A relay with three workflows: one that is delivered, one that fails, and one whose receiver asked for a pause.
        private func withWorkflows(
            columns: Int = size.columns, rows: Int = size.rows, environment: [String: String] = [:],
            _ body: (RelayProcess, Tmux) async throws -> Void
        ) async throws {
            let good = try await RawReceiver()
            let bad = try await RawReceiver { _ in .status(500) }
            let busy = try await RawReceiver { _ in .status(503, ["Retry-After": "50"]) }
            try await RelayProcess.run("--retry-base-delay", "50ms") { relay in
                let variables = ["FLOCK_RELAY_STATUS_SOCKET": relay.statusSocket].merging(environment) { $1 }
                let terminal = try await Tmux(
                    columns: columns, rows: rows, environment: variables, in: relay.directory)
                do {
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(
                        [Lines.registration("order-1", good.url())] + artifacts(20, "order-1")
                            + [Lines.registration("order-2", bad.url())] + artifacts(2, "order-2")
                            + [Lines.registration("order-3", busy.url())] + artifacts(3, "order-3"))
                    try await relay.waitForDeliveries(delivered: 20, failed: 2)
                    try await relay.waitForStatus("the pause is known") { $0.origins[0].paused_until.text != nil }
                    try await body(relay, terminal)
                } catch {
                    await terminal.end()
                    throw error
                }
                await terminal.end()
            }
        }

        private func artifacts(_ count: Int, _ workflow: String) -> [String] {
            (1...count).map {
                Lines.artifact("\(workflow)-\($0)", workflow, #","created_at":"\#(WallTime.system.iso8601)""#)
            }
        }

        @Test("docs/terminal.md shows what the commands print")
        func documentedScreens() async throws {
            try await withWorkflows(columns: 110, rows: 40) { relay, terminal in
                try await terminal.type("clear; flock-relay status")
                try DocumentedScreen.check(
                    "status",
                    try await terminal.wait(for: "status") { $0.contains { $0.hasPrefix("WHEN") } && $0.last == "" })
                try await terminal.type("clear; flock-relay status order-2")
                try DocumentedScreen.check(
                    "timeline",
                    try await terminal.wait(for: "timeline") { $0.filter { $0.contains("attempt 4") }.count == 2 })
                try await terminal.resize(columns: 80, rows: 24)
                try await terminal.type("clear; flock-relay status --watch")
                // The second with the deliveries must be over.
                let screen = try await terminal.wait(for: "the live screen") {
                    $0.last == "q quit   space pause" && $0.contains { $0.hasPrefix("p95 ") && $0.contains("max") }
                }
                #expect(screen.count == 24 && screen.allSatisfy { $0.count < 80 })
                try DocumentedScreen.check("watch", screen)
            }
        }

        @Test("The live screen has colours on a terminal, and none with NO_COLOR", arguments: [false, true])
        func colours(_ areUnwanted: Bool) async throws {
            try await withWorkflows(environment: areUnwanted ? ["NO_COLOR": "1"] : [:]) { relay, terminal in
                try await terminal.type("flock-relay status --watch")
                try await terminal.wait(for: "the failed deliveries") {
                    $0.last == "q quit   space pause" && $0[1].hasPrefix("Trouble")
                }
                let codes = try await terminal.screen(codes: true)
                #expect(codes.contains { $0.contains("\u{1B}[") } == !areUnwanted)
                #expect(codes[1].contains("\u{1B}[31m") == !areUnwanted)
            }
        }

        @Test("The live screen follows the size of the terminal, pauses, and leaves the terminal as it was")
        func screenIsRestored() async throws {
            try await withWorkflows { relay, terminal in
                try await terminal.type("echo before; flock-relay status --watch")
                try await terminal.wait(for: "the live screen") { $0.last == "q quit   space pause" }
                for (columns, rows) in [(40, 10), (120, 40), (80, 24)] {
                    try await terminal.resize(columns: columns, rows: rows)
                    let screen = try await terminal.wait(for: "a redrawn screen of \(columns) × \(rows)") {
                        $0.count == rows && $0.last == "q quit   space pause" && $0[0].hasPrefix("flock-relay")
                    }
                    #expect(screen.contains { $0.hasPrefix("order-") || $0.contains("order-2") } == (rows > 10))
                }
                try await terminal.press("Space")
                try await terminal.wait(for: "a pause") {
                    $0.last == "q quit   space resume" && $0[0].hasSuffix("paused")
                }
                try await terminal.press("p")
                try await terminal.wait(for: "the end of the pause") { $0.last == "q quit   space pause" }
                try await terminal.press("q")
                try await checkRestored(terminal)
            }
        }

        @Test("Signals leave the terminal as it was", arguments: ["C-c", "TERM", "HUP", "C-\\"])
        func signals(_ signal: String) async throws {
            try await withWorkflows { relay, terminal in
                try await terminal.type("echo before; flock-relay status --watch")
                try await terminal.wait(for: "the live screen") { $0.last == "q quit   space pause" }
                if signal.hasPrefix("C-") {
                    try await terminal.press(signal)
                } else {
                    let found = try await Binary.run("pgrep", ["-f", "flock-relay status --watch"])
                    let ids = found.output.split(separator: "\n").compactMap { Int32($0) }
                    // Other tests may run a screen of their own: only that of this terminal.
                    let own = ids.filter { id in
                        (try? String(contentsOfFile: "/proc/\(id)/environ", encoding: .utf8))?.contains(
                            relay.statusSocket)
                            == true
                    }
                    #expect(own.count == 1)
                    for id in own { kill(id, signal == "TERM" ? SIGTERM : SIGHUP) }
                }
                try await checkRestored(terminal)
            }
        }

        private func checkRestored(_ terminal: Tmux) async throws {
            try await terminal.wait(for: "the screen of before") { screen in
                screen[1] == "before" && screen[2] == "$" && !screen.contains { $0.contains("space pause") }
            }
            try await terminal.type("clear; stty -a | grep -c ' icanon.* echo '")
            try await terminal.wait(for: "a terminal in its usual mode") { $0.contains("1") }
        }

        @Test("Ctrl-Z stops the live screen and shows the shell; fg shows it again")
        func suspension() async throws {
            try await withWorkflows { relay, terminal in
                try await terminal.type("set -m; echo before; flock-relay status --watch")
                try await terminal.wait(for: "the live screen") { $0.last == "q quit   space pause" }
                try await terminal.press("C-z")
                try await terminal.wait(for: "the shell") {
                    $0[1] == "before" && $0.contains { $0.contains("Stopped") }
                }
                try await terminal.type("fg")
                try await terminal.wait(for: "the live screen again") { $0.last == "q quit   space pause" }
                try await terminal.press("q")
                try await terminal.wait(for: "the shell again") { $0[1] == "before" && $0.last == "" }
            }
        }

        @Test("The live screen says that the relay does not answer, and resumes when it does")
        func restart() async throws {
            try await withWorkflows { relay, terminal in
                try await terminal.type("flock-relay status --watch")
                try await terminal.wait(for: "the live screen") { $0.last == "q quit   space pause" }
                relay.send(SIGKILL)
                let lost = try await terminal.wait(for: "a message") { $0[1].hasPrefix("The relay has not answered") }
                #expect(lost.contains { $0.contains("order-2") })
                _ = try await relay.waitForExit()
                let next = try RelayProcess(in: relay.directory)
                defer { next.end() }
                try await terminal.wait(for: "the figures of the next relay") { !$0[1].hasPrefix("The relay has not") }
            }
        }

        @Test("tail shows each attempt as it ends, over a restart of the relay")
        func tail() async throws {
            let receiver = try await RawReceiver { $0.seenBefore < 2 ? .status(500) : .ok }
            try await RelayProcess.run("--retry-base-delay", "100ms") { relay in
                let terminal = try await Tmux(
                    columns: 120, environment: ["FLOCK_RELAY_STATUS_SOCKET": relay.statusSocket], in: relay.directory)
                do {
                    try await terminal.type("clear; flock-relay tail")
                    try await terminal.wait(for: "the start") { $0[0].contains("following attempts") }
                    let writer = try await relay.writer(grace: false)
                    try await writer.send(
                        Lines.registration("order-1", receiver.url()), Lines.artifact("a1", "order-1"))
                    let screen = try await terminal.wait(for: "recovery") { $0.contains { $0.hasSuffix("recovered") } }
                    try DocumentedScreen.check("tail", screen)
                    relay.send(SIGTERM)
                    #expect(try await relay.waitForExit() == .code(0))
                    try await terminal.wait(for: "the stop") { $0.contains { $0.contains("the relay has stopped") } }
                    let next = try RelayProcess(in: relay.directory)
                    defer { next.end() }
                    try await terminal.wait(for: "the next relay") {
                        $0.contains { $0.contains("following the relay again") }
                    }
                    let second = try await next.writer(grace: false)
                    try await second.send(Lines.artifact("a2", "order-1"))
                    try await terminal.wait(for: "its attempts") {
                        $0.contains { $0.contains("order-1  #2 Draft  attempt 1") }
                    }
                    try await terminal.press("C-c")
                } catch {
                    await terminal.end()
                    throw error
                }
                await terminal.end()
            }
        }

        @Test("tail --json prints the lines of the relay, follows one workflow, and ends silently when its reader ends")
        func tailInAPipe() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let script = #""$0" tail order-1 --json --status-socket "$1" | head -2; echo end"#
                async let piped = Binary.run("bash", ["-c", script, Binary.path, relay.statusSocket])
                let writer = try await relay.writer(grace: false)
                try await writer.send(
                    Lines.registration("order-1", receiver.url()), Lines.registration("order-2", receiver.url()))
                // tail says nothing when it begins, so each attempt may be too early for it.
                for number in 1...200 where receiver.requests.count < 400 {
                    try await writer.send(
                        Lines.artifact("a\(number)", "order-2"), Lines.artifact("a\(number)", "order-1"))
                    try await Task.sleep(for: .milliseconds(20))
                }
                let result = try await piped
                let lines = result.output.split(separator: "\n")
                #expect(lines.count == 3 && lines.last == "end" && result.error.isEmpty, "\(result)")
                for line in lines.dropLast() {
                    let attempt = try JSON(parsing: line.utf8)
                    #expect(attempt.correlation_id.text == "order-1" && attempt.outcome.text == "delivered")
                }
            }
        }

        @Test("Without a relay tail and the live screen fail with 69; without a terminal the live screen fails with 64")
        func exitCodes() async throws {
            let tail = try await Binary.run("tail", "--status-socket", "/nonexistent/status.sock")
            #expect(tail.exit == .code(69) && tail.error.contains("flock-relay serve"))
            let watch = try await Binary.run("status", "--watch", "--status-socket", "/nonexistent/status.sock")
            #expect(watch.exit == .code(64) && watch.error.contains("--json"))
            let json = try await Binary.run(
                "status", "--watch", "--json", "--status-socket", "/nonexistent/status.sock")
            #expect(json.exit == .code(69))
        }
    }
}
