import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// Sends what a real Flock server wrote to its WebSocket through `flock-relay send`.
    @Suite struct CaptureTests {
        static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("fixtures")

        static let captures =
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasPrefix("ws-") && $0.hasSuffix(".ndjson") }.sorted()

        private static func lines(_ name: String) throws -> [String] {
            try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
                .split(separator: "\n").map(String.init)
        }

        /// The kind of a line by the fields of Flock's models, independent of the relay's decoder.
        private static func kind(_ line: String) throws -> String {
            let keys = Set(try JSON(parsing: line.utf8).object.keys)
            let models: [(String, Set<String>)] = [
                ("message_published", ["payload", "artifact_type", "visibility", "consumers"]),
                ("agent_activated", ["consumed_types", "subscription_info"]),
                ("agent_completed", ["duration_ms", "artifacts_produced"]),
                ("agent_error", ["error_type", "traceback", "failed_at"]),
                ("streaming_output", ["output_type", "content", "is_final"]),
                ("correlation_group_updated", ["correlation_key", "collected_types", "is_complete"]),
                ("batch_item_added", ["items_collected", "will_flush"]),
            ]
            return models.first { keys.isSuperset(of: $0.1) }?.0 ?? "unknown"
        }

        @Test func atLeastSevenCapturesExist() { #expect(Self.captures.count >= 7) }

        @Test(arguments: captures)
        func everyLineIsRecognised(name: String) async throws {
            let lines = try Self.lines(name)
            var expected = Dictionary(grouping: try lines.map(Self.kind)) { $0 }.mapValues(\.count)
            expected["hello"] = 1
            #expect(expected["unknown"] == nil)
            try await RelayProcess.run("--unmatched-grace", "100ms") { relay in
                let path = Self.folder.appendingPathComponent(name).path
                let sent = try await Binary.run("send", "--socket", relay.eventSocket, path)
                #expect(sent.exit == .code(0), "\(sent.error)")
                #expect(sent.output == "\(lines.count) lines acknowledged, 0 rejected\n")
                let status = try await relay.status()
                #expect(status.received.object.mapValues(\.count) == expected)
                #expect(status.refused.object.isEmpty)
                #expect(status.unmatched.count == expected["message_published", default: 0])
                #expect(try await relay.ask("/metrics").sample(#"flock_relay_events_total{kind="hello"}"#) == 1)
            }
        }

        /// Each published artifact of all captures arrives with its payload as Flock wrote it.
        @Test func payloadsArriveAsFlockWroteThem() async throws {
            let published = try Self.captures.flatMap(Self.lines).filter { try Self.kind($0) == "message_published" }
            let workflows = Set(try published.compactMap { try JSON(parsing: $0.utf8).correlation_id.text })
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let registrations = workflows.map { Lines.registration($0, receiver.url()) }
                let sent = try await Binary.run(
                    "send", "--socket", relay.eventSocket,
                    input: Array((registrations + published).joined(separator: "\n").utf8))
                #expect(sent.exit == .code(0), "\(sent.error)")
                try await relay.waitForDeliveries(delivered: published.count)
                for line in published {
                    let start = try #require(line.firstRange(of: #""payload":"#)).lowerBound
                    let end = try #require(line.range(of: #","visibility":"#, options: .backwards)).lowerBound
                    let id = try #require(try JSON(parsing: line.utf8).artifact_id.text)
                    let request = try #require(receiver.requests.first { $0.artifact == id })
                    #expect(request.text.contains(#","\#(line[start..<end].dropFirst()),"created_at":"#))
                }
            }
        }

        @Test func rejectedLinesAreReportedByFileAndNumber() async throws {
            try await RelayProcess.run("--unmatched-grace", "100ms") { relay in
                let lines = [Lines.artifact("a", "c"), "{", "", #"{"type":"workflow_completed"}"#, "{}"]
                let sent = try await Binary.run(
                    "send", "--socket", relay.eventSocket, input: Array(lines.joined(separator: "\n").utf8))
                #expect(sent.exit == .code(1))
                #expect(sent.output == "5 lines acknowledged, 2 rejected\n")
                #expect(sent.error.contains("stdin:2: invalid_json: "))
                #expect(sent.error.contains("stdin:4: missing_field: correlation_id"))
            }
        }
    }
}
