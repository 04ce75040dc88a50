import ArgumentParser
import Daemon
import Domain
import Foundation
import LocalHTTP
import Logging
import NIOCore
import NIOPosix
import Receiving
import Settings
import Status
import Synchronization
import Telemetry
import Terminal
import UnixSocket

/// The demo's environment: a temporary directory, the sample workflows, and the webhooks received.
final class DemoStage: Sendable {
    static let secret = "whsec_ZmxvY2stcmVsYXktZGVtby1zZWNyZXQ="
    private static let pipeline = ["Order", "Draft", "Review", "Final"]

    private let directory: String
    private let received = Mutex<[ReceivedWebhook]>([])
    private let start = Mutex(ContinuousClock.now)

    init() throws {
        directory = NSTemporaryDirectory() + "flock-relay-demo-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: NSNumber(value: 0o700)])
    }

    func clear() { try? FileManager.default.removeItem(atPath: directory) }

    /// The receiver of the report answers 500 to the first two attempts.
    static let act: Receiver.Act = { path, seen in path == "/report" && seen < 2 ? .answer(500) : .succeed }

    private var socket: String { directory + "/events.sock" }
    private var statusSocket: String { directory + "/status.sock" }

    func daemon() async throws -> RelayDaemon {
        let sources = try SettingsSources(
            commandLine: [
                "socket": socket, "status-socket": statusSocket, "state-dir": directory, "ephemeral": "true",
                "allow-network": "127.0.0.0/8", "log-level": "error", "log-format": "text",
            ], environment: [:], configFile: nil)
        let log = LogBuffer()
        let logger = Logger(label: "demo") { _ in
            LineLogHandler(format: .text, threshold: LogThreshold(.error), buffer: log)
        }
        let settings = try SettingsReader(sources).read()
        return try await RelayDaemon(
            settings, descriptors: DescriptorBudget(settings, limit: DescriptorLimit.raise()), logger: logger, log: log,
            group: .singletonMultiThreadedEventLoopGroup)
    }

    // MARK: Steps

    func perform(port: Int) async throws {
        print(
            """
            flock-relay \(RelayVersion.current) — a relay, a receiver and two workflows on this machine

              relay      reads events from \(socket)
              receiver   http://127.0.0.1:\(port), verifies X-Flock-Signature and webhook-signature

            1. A pipeline of four artifacts, delivered in order
            """)
        try await publish("demo-pipeline", Self.pipeline, url: "http://127.0.0.1:\(port)/pipeline")
        try await wait(forDelivered: Self.pipeline.count)
        print("\n2. A report whose receiver answers 500 twice: retried after 1 s and 2 s, and recovered")
        start.withLock { $0 = .now }
        try await publish("demo-report", ["Report"], url: "http://127.0.0.1:\(port)/report")
        try await wait(forDelivered: Self.pipeline.count + 1)
        try await showStatus()
        try judge()
    }

    /// Writes what the bridge in a Flock server writes: the registration, then each artifact as it is published.
    private func publish(_ workflow: String, _ types: [String], url: String) async throws {
        var lines = [
            #"{"type":"webhook_registered","correlation_id":"\#(workflow)","webhook_url":"\#(url)","#
                + #""webhook_secret":"\#(Self.secret)","ordering":"ordered"}"#
        ]
        for (index, type) in types.enumerated() {
            let now = WallTime.system.iso8601
            lines.append(
                #"{"correlation_id":"\#(workflow)","timestamp":"\#(now)","artifact_id":"\#(UUID())","#
                    + #""artifact_type":"\#(type)","produced_by":"agent-\#(index + 1)","#
                    + #""payload":{"step":\#(index + 1),"total":1.0,"note":"ünïcode 🐦"},"#
                    + #""visibility":{"kind":"Public"},"tags":[],"version":1,"created_at":"\#(now)"}"#)
        }
        let report = try await LineSender(group: .singletonMultiThreadedEventLoopGroup)
            .send([.init(name: workflow, content: .text(lines.map { $0 + "\n" }.joined()))], to: [socket])
        if let rejected = report.rejections.first { throw Failure.exit(Failure.check, "\(rejected)") }
    }

    func show(_ webhook: ReceivedWebhook) {
        received.withLock { $0.append(webhook) }
        let elapsed = (ContinuousClock.now - start.withLock { $0 }).inSeconds
        let type = Self.pipeline.first { webhook.text.contains(#""type":"\#($0)""#) } ?? "Report"
        let row = [
            "   #\(webhook.header("x-flock-sequence") ?? "?")", type.padded(to: 7),
            "attempt \(webhook.header("x-flock-attempt") ?? "?")", WebhookLine.signature(webhook),
            WebhookLine.answer(webhook.act), "after \((elapsed * 1_000).rounded() / 1_000) s",
        ]
        print(ControlCharacters.escaped(row.joined(separator: "  ")))
    }

    private func wait(forDelivered count: Int) async throws {
        for _ in 0..<1_500 {
            if try await report().deliveries.delivered >= count { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure.exit(Failure.check, "the deliveries did not arrive within 15 s")
    }

    private func report() async throws -> StatusReport {
        try await StatusClient(sockets: [statusSocket]).status()
    }

    private func showStatus() async throws {
        let isColored = StandardOutput.isColored
        let lines = StatusText().lines(try await report(), readiness: nil).map { line in
            line.width == 0 ? "" : "   \(line.text(colored: isColored))"
        }
        print("\n3. What `flock-relay status` prints\n\(lines.joined(separator: "\n"))")
    }

    /// Checks the deliveries before the demo reports success.
    private func judge() throws {
        let webhooks = received.withLock { $0 }
        let sequences = webhooks.filter { $0.path == "/pipeline" }.compactMap { $0.header("x-flock-sequence") }
        let areSigned = webhooks.allSatisfy { $0.flockSignature == .valid && $0.standardSignature == .valid }
        let reports = webhooks.filter { $0.path == "/report" }.map(\.act)
        guard areSigned, sequences == ["1", "2", "3", "4"], reports == [.answer(500), .answer(500), .succeed] else {
            throw Failure.exit(Failure.check, "the receiver did not get the expected deliveries")
        }
        print("\nEvery artifact arrived: signed, in order, numbered without a gap; the failed one was recovered.")
        print("Next: add the bridge to your Flock server, see README.md.")
    }
}

extension ReceivedWebhook {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
