import Domain
import TestSupport
import Testing

extension EndToEndTests {
    /// A workflow or origin with a large load leaves memory and slots for others.
    @Suite struct FairSharingTests {
        private func waitUntilDelivered(
            _ relay: RelayProcess, _ workflow: String, count: Int, within limit: Duration
        ) async throws {
            try await eventually("\(workflow) is delivered", within: limit) {
                let deliveries = try await relay.correlation(workflow).deliveries.list
                return deliveries.count { $0.state.text == "delivered" } == count
            }
        }

        /// Sends more large bodies than may be in flight to receivers that never answer.
        @Test func largeBodiesOfHangingOriginsLeaveRoom() async throws {
            let healthy = try await RawReceiver()
            var hanging: [RawReceiver] = []
            for _ in 0..<10 { hanging.append(try await RawReceiver { _ in .hang }) }
            let large = #"{"text":""# + String(repeating: "x", count: 7 << 20) + #""}"#
            try await RelayProcess.run("--timeout", "30s", "--retry-max-retries", "0") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("healthy", healthy.url()), Lines.artifact("a0", "healthy"))
                try await waitUntilDelivered(relay, "healthy", count: 1, within: .seconds(15))
                for (number, receiver) in hanging.enumerated() {
                    try await writer.send(
                        Lines.registration("hanging-\(number)", receiver.url()),
                        Lines.artifact("a1", "hanging-\(number)", payload: large))
                }
                // The hanging origins may hold seven eighths of the 64 MiB in flight.
                try await relay.waitForStatus("the limit of bytes in flight is reached") {
                    $0.deliveries.in_flight.count == 7 && $0.deliveries.pending.count == 10
                }
                try await writer.send(Lines.artifacts(1...20, "healthy"))
                // The limit is far below the deadline of the hanging attempts.
                try await waitUntilDelivered(relay, "healthy", count: 21, within: .seconds(15))
                #expect(try await relay.status().deliveries.in_flight.count == 7)
            }
        }

        /// The ordered workflow has more deliveries than a lane holds in memory.
        @Test func aLongOrderedWorkflowDoesNotDelayOthersOfItsOrigin() async throws {
            let receiver = try await RawReceiver { $0.target == "/long" ? .after(.milliseconds(20), .ok) : .ok }
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("long", receiver.url("/long"), #","ordering":"ordered""#))
                try await writer.send(Lines.artifacts(1...2_000, "long"))
                try await writer.send([Lines.registration("other", receiver.url())] + Lines.artifacts(1...20, "other"))
                try await waitUntilDelivered(relay, "other", count: 20, within: .seconds(15))
                #expect(receiver.requests(to: "/long").count < 1_000, "the other workflow had to wait")
            }
        }
    }
}
