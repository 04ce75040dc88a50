"""Event lines: Flock's own serialisation, and values that it cannot write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from uuid import UUID

import pytest
from flock.api.collector import DashboardEventCollector
from flock.components.server.models.events import MessagePublishedEvent
from flock.core.artifacts import Artifact
from flock.core.visibility import (
    AfterVisibility,
    LabelledVisibility,
    PrivateVisibility,
    PublicVisibility,
    TenantVisibility,
)
from flock_relay.buffer import Kind
from flock_relay.lines import HELLO, Published, artifact_line, completed_line, registration_line
from flock_relay.registrations import Registration
from opentelemetry import context, propagate

from awkward import AWKWARD, UNWRITABLE


class Colour(Enum):
    RED = "red"


def artifact(payload: dict, **fields: object) -> Artifact:
    return Artifact(type="Order", payload=payload, produced_by="alpha", correlation_id="w", **fields)


def flocks_line(made: Artifact, timestamp: str) -> bytes:
    """The event that Flock's dashboard collector sends for this artifact."""
    collector = DashboardEventCollector.model_construct()
    event = MessagePublishedEvent(
        correlation_id="w",
        timestamp=timestamp,
        artifact_id=str(made.id),
        artifact_type=made.type,
        produced_by=made.produced_by,
        payload=made.payload,
        visibility=collector._convert_visibility(made.visibility),
        tags=sorted(made.tags),
        partition_key=made.partition_key,
        version=made.version,
    )
    return event.model_dump_json().encode()


PAYLOADS = [
    {},
    AWKWARD,
    {"when": datetime(2026, 1, 2, tzinfo=UTC), "for": timedelta(seconds=1.5), "id": UUID(int=7)},
    {"enum": Colour.RED, "set": {1}, "tuple": (1, 2), "bytes": b"text", "nan": float("nan")},
    {"nested": {1: "key is no text"}},
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_line_is_flocks_own_event_with_the_time_of_creation(payload: dict) -> None:
    made = artifact(payload, tags={"b", "a"}, partition_key="p", version=3)
    line = artifact_line(Published.now(made)).data
    timestamp = json.loads(line)["timestamp"]
    expected = flocks_line(made, timestamp)
    assert line == expected[:-1] + b',"created_at":"%s"}\n' % made.created_at.isoformat().encode()
    assert timestamp.endswith("Z")
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "visibility",
    [
        PublicVisibility(),
        PrivateVisibility(agents={"only"}),
        LabelledVisibility(required_labels={"label"}),
        TenantVisibility(tenant_id="t"),
        TenantVisibility(),
        AfterVisibility(ttl=timedelta(hours=1)),
    ],
    ids=lambda visibility: visibility.kind,
)
def test_every_kind_of_visibility_is_written_as_flock_does(visibility: object) -> None:
    made = artifact({}, visibility=visibility)
    line = json.loads(artifact_line(Published.now(made)).data)
    assert line["visibility"] == json.loads(flocks_line(made, ""))["visibility"]


def test_trace_context_is_added_and_escaped() -> None:
    carrier = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": 'v="1"'}
    token = context.attach(propagate.extract(carrier))
    try:
        line = json.loads(artifact_line(Published.now(artifact({}))).data)
    finally:
        context.detach(token)
    assert (line["traceparent"], line["tracestate"]) == (carrier["traceparent"], 'v="1"')


def test_values_that_json_cannot_hold_are_replaced() -> None:
    line = artifact_line(Published.now(artifact(UNWRITABLE))).data
    fields = json.loads(line.decode("utf-8", "strict"))
    assert fields["payload"] == {
        "lone_surrogate": "before \ufffd after",
        "bytes": "\ufffd\u0000 bytes",
        "float_nan": None,
        "float_one": 1.0,
        "int_64": 2**64 + 3,
    }
    assert b'"float_one":1.0,' in line
    plain = json.loads(flocks_line(artifact({}), fields["timestamp"]))
    assert list(fields) == [*plain, "created_at"]
    assert fields["visibility"] == plain["visibility"]


@pytest.mark.parametrize(
    "text", ["".join(map(chr, range(0x80))), "\u2028 \U0001f680 \uffff \x85 é", '"\\/'], ids=ascii
)
def test_names_are_escaped_as_flock_escapes_them(text: str) -> None:
    names = {"type": text, "produced_by": text, "partition_key": text, "tags": {text}}
    made = Artifact(payload={}, correlation_id="w", **names)
    line = artifact_line(Published.now(made)).data
    timestamp = json.loads(line)["timestamp"]
    assert line.startswith(flocks_line(made, timestamp)[:-1])


def test_a_name_that_utf_8_cannot_hold_is_written_with_replacements() -> None:
    names = {"type": "a\ud800b", "produced_by": "\udfff", "partition_key": "\ud800"}
    made = Artifact(payload={}, correlation_id="w", **names)
    fields = json.loads(artifact_line(Published.now(made)).data)
    found = fields["artifact_type"], fields["produced_by"], fields["partition_key"]
    assert found == ("a\ufffdb", "\ufffd", "\ufffd")


def test_other_objects_are_written_as_text() -> None:
    class Foreign:
        def __str__(self) -> str:
            return "foreign"

    fields = json.loads(artifact_line(Published.now(artifact({"a": Foreign(), "b": [{"c": {Foreign()}}]}))).data)
    assert fields["payload"] == {"a": "foreign", "b": [{"c": ["foreign"]}]}


def test_a_deep_payload_is_written() -> None:
    deep: object = "bottom"
    for _ in range(450):
        deep = [deep]
    found = json.loads(artifact_line(Published.now(artifact({"deep": deep}))).data)["payload"]["deep"]
    for _ in range(450):
        [found] = found
    assert found == "bottom"


def registered(**fields: object) -> dict:
    """The registration line of a webhook with these fields."""
    line = registration_line("w", Registration("http://example.com/", **fields))
    assert line.kind is Kind.REGISTRATION
    assert line.data.count(b"\n") == 1
    assert line.data.endswith(b"\n")
    return json.loads(line.data)


def test_a_registration_line_leaves_out_what_the_relay_decides() -> None:
    assert registered() == {"type": "webhook_registered", "correlation_id": "w", "webhook_url": "http://example.com/"}


def test_a_registration_line_has_one_secret_as_text_and_several_as_an_array() -> None:
    assert registered(secrets=('se"cret\n ü',))["webhook_secret"] == 'se"cret\n ü'
    assert registered(secrets=("new", "old"))["webhook_secret"] == ["new", "old"]


def test_a_registration_line_has_every_setting() -> None:
    found = registered(
        events=("artifact.created", "workflow.completed"),
        types=("Order",),
        producers=("alpha", "beta"),
        ordering="ordered",
        max_retries=0,
    )
    assert found["events"] == ["artifact.created", "workflow.completed"]
    assert (found["types"], found["producers"]) == (["Order"], ["alpha", "beta"])
    assert (found["ordering"], found["max_retries"]) == ("ordered", 0)


def test_a_completion_line_has_the_status() -> None:
    line = completed_line("w", "idle")
    assert json.loads(line.data) == {"type": "workflow_completed", "correlation_id": "w", "status": "idle"}
    assert line.kind is Kind.COMPLETION


def test_hello_asks_for_acknowledgements_without_grace() -> None:
    assert json.loads(HELLO) == {"type": "hello", "acks": True, "grace": False}
