"""Artifacts of the rows, with the exact request that each must become."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from raw_receiver import Request
from workload import webhook_id

TIMESTAMP = "2026-01-15T09:30:00Z"


def secret(workflow: str) -> str:
    """The signing secret of a workflow."""
    return f"secret of {workflow}"


@cache
def padding(size: int) -> str:
    """Counts, so that no part of it can stand for another one."""
    return "".join(f"{place:08x}" for place in range(0, size, 8))


@dataclass(frozen=True)
class Artifact:
    """One artifact, without tags and ``created_at``."""

    workflow: str
    id: str
    sequence: int
    size: int = 0
    """The length of the padding in its payload."""

    @property
    def payload(self) -> dict[str, str]:
        return {"artifact": self.id, "padding": padding(self.size)}

    @property
    def line(self) -> dict[str, object]:
        return {
            "correlation_id": self.workflow, "artifact_id": self.id, "artifact_type": "Note", "produced_by": "faults",
            "timestamp": TIMESTAMP, "payload": self.payload}

    @property
    def body(self) -> bytes:
        """The body of its request (docs/protocol.md)."""
        payload = json.dumps(self.payload)
        return (
            f'{{"event_type":"artifact.created","artifact_id":{json.dumps(self.id)},"type":"Note","produced_by":"faults",'
            f'"correlation_id":{json.dumps(self.workflow)},"sequence":{self.sequence},"payload":{payload},'
            f'"created_at":"{TIMESTAMP}","tags":[],"timestamp":"{TIMESTAMP}"}}').encode()

    def problems(self, request: Request) -> Iterator[str]:
        """What is wrong with a complete request of this artifact."""
        body, headers = self.body, request.headers
        if request.body != body:
            yield f"a body of {len(request.body)} bytes instead of {len(body)}: {request.body[:200]!r}"
        if headers.get("x-flock-signature") != "sha256=" + self._mac(body).hex():
            yield f"X-Flock-Signature is {headers.get('x-flock-signature')}"
        if headers.get("webhook-id") != webhook_id(self.workflow, self.id):
            yield f"webhook-id is {headers.get('webhook-id')}"
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        if headers.get("webhook-signature") != "v1," + base64.b64encode(self._mac(signed)).decode():
            yield f"webhook-signature is {headers.get('webhook-signature')}"

    def _mac(self, text: bytes) -> bytes:
        return hmac.digest(secret(self.workflow).encode(), text, hashlib.sha256)
