"""Event lines: Flock's own serialisation, and what happens where it gives up."""

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
from flock_relay.lines import HELLO, artifact_line, registration_line

from awkward import AWKWARD, UNWRITABLE


class Colour(Enum):
    RED = "red"


def artifact(payload: dict, **fields: object) -> Artifact:
    return Artifact(type="Order", payload=payload, produced_by="alpha", correlation_id="w", **fields)


def flocks_line(made: Artifact, timestamp: str) -> bytes:
    """What Flock's dashboard collector would send for it."""
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
    line = artifact_line(made, {})
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
def test_every_kind_of_visibility_as_flock_tells_it(visibility: object) -> None:
    made = artifact({}, visibility=visibility)
    line = json.loads(artifact_line(made, {}))
    assert line["visibility"] == json.loads(flocks_line(made, ""))["visibility"]


def test_trace_context_is_added_and_escaped() -> None:
    line = json.loads(artifact_line(artifact({}), {"traceparent": "00-a-b-03", "tracestate": 'v="1"'}))
    assert (line["traceparent"], line["tracestate"]) == ("00-a-b-03", 'v="1"')


def test_an_unwritable_payload_is_written_as_well_as_possible() -> None:
    line = artifact_line(artifact(UNWRITABLE), {})
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


def test_foreign_objects_become_text() -> None:
    class Foreign:
        def __str__(self) -> str:
            return "foreign"

    fields = json.loads(artifact_line(artifact({"a": Foreign(), "b": [{"c": {Foreign()}}]}), {}))
    assert fields["payload"] == {"a": "foreign", "b": [{"c": ["foreign"]}]}


def test_a_deep_payload_is_written() -> None:
    deep: object = "bottom"
    for _ in range(450):
        deep = [deep]
    found = json.loads(artifact_line(artifact({"deep": deep}), {}))["payload"]["deep"]
    for _ in range(450):
        [found] = found
    assert found == "bottom"


def test_registrations() -> None:
    line = registration_line("w", "http://example.com/", 'se"cret\n ü')
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "type": "webhook_registered",
        "correlation_id": "w",
        "webhook_url": "http://example.com/",
        "webhook_secret": 'se"cret\n ü',
    }
    assert "webhook_secret" not in json.loads(registration_line("w", "http://example.com/", None))


def test_hello() -> None:
    assert json.loads(HELLO) == {"type": "hello", "acks": True, "grace": False}
