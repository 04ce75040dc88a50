import Domain
import Ingest
import TestSupport
import Testing

@Suite struct EventKindTests {
    static let lines: [(line: String, kind: EventKind)] = [
        (SampleLine.artifact(), .messagePublished),
        (SampleLine.artifact(["type": #""order""#, "subscription_info": "{}", "error_type": "1"]), .messagePublished),
        (SampleLine.artifact(["type": #""message_published""#]), .messagePublished),
        (SampleLine.artifact(["type": "{}"]), .messagePublished),
        (#"{"agent_id":"a","consumed_types":[],"subscription_info":{"mode":"both"}}"#, .agentActivated),
        (#"{"duration_ms":1.5,"artifacts_produced":[],"final_state":{}}"#, .agentCompleted),
        (#"{"error_type":"E","traceback":"…","failed_at":"2026-11-23T13:40:02Z"}"#, .agentError),
        (#"{"output_type":"log","content":"c","sequence":0,"is_final":false}"#, .streamingOutput),
        (
            #"{"output_type":"log","content":"c","sequence":0,"artifact_id":"a","artifact_type":"T"}"#,
            .streamingOutput
        ),
        (
            #"{"correlation_key":"k","collected_types":{},"is_complete":false,"artifact_id":"a","artifact_type":"T"}"#,
            .correlationGroupUpdated
        ),
        (
            #"{"items_collected":1,"will_flush":"on_size","artifact_id":"a","artifact_type":"T"}"#, .batchItemAdded
        ),
        (#"{"type":"external_agent_spawned"}"#, .externalAgentSpawned),
        (#"{"type":"external_agent_completed","payload":{},"artifact_id":"a"}"#, .externalAgentCompleted),
        (#"{"type":"external_agent_failed","error_type":"E"}"#, .externalAgentFailed),
        (SampleLine.registration(), .webhookRegistered), (SampleLine.completion(), .workflowCompleted),
        (SampleLine.redelivery("[1]"), .redeliver),
        (#"{"type":"hello"}"#, .hello), (#"{"t\u0079pe":"he\u006clo"}"#, .hello), ("{}", .unknown),
        (#"{"type":"hello "}"#, .unknown), (#"{"type":"Hello"}"#, .unknown), (#"{"Type":"hello"}"#, .unknown),
        (#"{"type":["hello"]}"#, .unknown), (#"{"type":null}"#, .unknown), (#"{"type":"message_published"}"#, .unknown),
        (#"{"type":"agent_error"}"#, .unknown), (#"{"artifact_id":"a","artifact_type":"T"}"#, .unknown),
        (#"{"payload":{}}"#, .unknown), (#"{"a":{"type":"hello"}}"#, .unknown), (#"{"future":1,"future":2}"#, .unknown),
    ]

    @Test("Every kind is recognised by its own fields", arguments: lines)
    func kind(_ line: String, _ kind: EventKind) throws {
        #expect(try EventDecoder().decode(Array(line.utf8)).kind == kind)
    }

    static let captures: [(file: String, kinds: [EventKind: Int])] = [
        ("ws-components-awkward", [.agentActivated: 1, .messagePublished: 1, .agentCompleted: 1]),
        (
            "ws-components-batch-join",
            [
                .batchItemAdded: 1, .agentActivated: 2, .correlationGroupUpdated: 1, .messagePublished: 2,
                .agentCompleted: 2,
            ]
        ),
        ("ws-components-control-publish", [.messagePublished: 4, .agentActivated: 3, .agentCompleted: 3]),
        ("ws-components-error", [.agentActivated: 1, .agentError: 1, .agentCompleted: 1]),
        ("ws-components-fanout", [.agentActivated: 1, .messagePublished: 20, .agentCompleted: 1]),
        ("ws-components-pipeline", [.agentActivated: 3, .messagePublished: 3, .agentCompleted: 3]),
        (
            "ws-components-streaming",
            [.agentActivated: 1, .streamingOutput: 9, .messagePublished: 1, .agentCompleted: 1]
        ),
    ]

    @Test("Every line of a real Flock server is accepted", arguments: captures)
    func acceptsCapture(_ file: String, _ kinds: [EventKind: Int]) throws {
        let decoder = EventDecoder()
        let events = try Fixture.lines(file + ".ndjson").map { try decoder.decode($0) }
        #expect(Dictionary(grouping: events, by: \.kind).mapValues(\.count) == kinds)
    }

    @Test("Names of kinds are the documented ones and Flock's own")
    func names() {
        #expect(
            Set(EventKind.allCases.map(\.rawValue)) == [
                "message_published", "agent_activated", "agent_completed", "agent_error", "streaming_output",
                "correlation_group_updated", "batch_item_added", "external_agent_spawned", "external_agent_completed",
                "external_agent_failed", "webhook_registered", "workflow_completed", "redeliver", "hello", "unknown",
            ])
    }
}
