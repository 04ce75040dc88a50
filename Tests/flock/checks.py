"""Checks of a delivered workflow."""

from __future__ import annotations

import json
import uuid

from processes import FlockServer
from receiver import Delivery, Receiver

CORRELATION_HEADER = "x-flock-correlation-id"


def raw_value(document: bytes, key: str) -> bytes:
    """The bytes of the value of top-level ``key`` in a JSON object, unchanged."""
    text = document.decode()
    decoder = json.JSONDecoder()
    position = text.index("{") + 1
    while True:
        while text[position] in " \t\r\n,":
            position += 1
        if text[position] == "}":
            raise KeyError(key)
        name, position = decoder.raw_decode(text, position)
        while text[position] in " \t\r\n:":
            position += 1
        _, end = decoder.raw_decode(text, position)
        if name == key:
            return text[position:end].encode()
        position = end


def published(server: FlockServer, workflow: str) -> dict[str, bytes]:
    """The artifact lines the bridge wrote for ``workflow``, by artifact id."""
    lines = (line for line in server.proxy.lines() if workflow.encode() in line)
    return {json.loads(line)["artifact_id"]: line for line in lines if b'"artifact_id"' in line}


def check_workflow(
    server: FlockServer, workflow: str, count: int, receiver: Receiver, secret: str, path: str = "/hook"
) -> list[Delivery]:
    """Check that ``path`` gets the ``count`` artifacts of ``workflow`` that Flock stores, and nothing else.

    They are numbered 1…n, signed with ``secret``, and each payload has the bytes that were
    written to the socket. Returns the deliveries in sequence.
    """
    stored = server.wait_for_artifacts(count, workflow)
    assert len(stored) == count
    receiver.wait(count, path)
    settle(server, receiver)

    deliveries = sorted(receiver.deliveries(path), key=lambda delivery: delivery.fields["sequence"])
    assert [delivery.fields["sequence"] for delivery in deliveries] == list(range(1, count + 1))
    assert {delivery.fields["artifact_id"] for delivery in deliveries} == set(stored)
    lines = published(server, workflow)
    for delivery in deliveries:
        assert delivery.fields["correlation_id"] == workflow
        assert delivery.headers[CORRELATION_HEADER] == workflow
        assert delivery.headers["x-flock-sequence"] == str(delivery.fields["sequence"])
        assert delivery.is_signed_with(secret)
        line = lines[delivery.fields["artifact_id"]]
        assert raw_value(delivery.body, "payload") == raw_value(line, "payload")
        assert delivery.fields["created_at"] == stored[delivery.fields["artifact_id"]]["created_at"]
    return deliveries


def settle(server: FlockServer, receiver: Receiver) -> None:
    """Wait until the relay has processed everything that this server has published so far."""
    path = f"/settled/{uuid.uuid4()}"
    answer = server.publish("Note", {"text": "last"}, webhook_url=receiver.url(path))
    assert answer.status_code == 200
    receiver.wait(1, path)
