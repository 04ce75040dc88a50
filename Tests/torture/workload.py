"""Workflows, registrations and artifacts, with their exact bytes on both sides of the relay."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Registration:
    """The receiver of a workflow's artifacts; the path names workflow and registration."""

    number: int
    port: int
    path: str
    secret: str
    max_retries: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def signs(self, body: bytes, header: str) -> bool:
        """Whether ``header`` is the ``X-Flock-Signature`` of these bytes."""
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={digest}", header)


@dataclass
class Workflow:
    """All artifacts of one correlation id. Ordering and format stay the same over its registrations."""

    key: str
    correlation_id: str
    ordered: bool
    format: str
    registrations: list[Registration] = field(default_factory=list)
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    def register(self, port: int, secret: str, max_retries: int) -> Registration:
        number = len(self.registrations) + 1
        found = Registration(number, port, f"/{self.key}/{number}", secret, max_retries)
        self.registrations.append(found)
        return found

    def registration_line(self, registration: Registration) -> bytes:
        return dump(
            {"type": "webhook_registered", "correlation_id": self.correlation_id, "ordering": self.ordering}
            | {"webhook_url": registration.url, "webhook_secret": registration.secret}
            | {"max_retries": registration.max_retries, "format": self.format}
        )

    def completion_line(self) -> bytes:
        return dump({"type": "workflow_completed", "correlation_id": self.correlation_id})

    @property
    def ordering(self) -> str:
        return "ordered" if self.ordered else "parallel"


@dataclass(eq=False)
class Artifact:
    """One artifact, as its writer and its receiver see it."""

    workflow: Workflow
    artifact_id: str
    writer: int
    position: int
    """Counts the artifacts of one writer in one workflow."""
    head_length: int
    """Bytes of the webhook body before its sequence number."""
    digest: bytes
    """Digest of the webhook body without its sequence number."""
    acknowledged: bool = False

    @property
    def webhook_id(self) -> str:
        return webhook_id(self.workflow.correlation_id, self.artifact_id)

    def is_body(self, body: bytes, sequence: int) -> bool:
        """Whether these are the bytes that were written, around this number."""
        number = b',"sequence":%d' % sequence
        rest = self.head_length + len(number)
        return body[self.head_length : rest] == number and digest(body[: self.head_length], body[rest:]) == self.digest

    def __str__(self) -> str:
        return f"{self.workflow.correlation_id!r} {self.artifact_id!r} (writer {self.writer})"


def webhook_id(correlation_id: str, artifact_id: str) -> str:
    """The id that all attempts of an artifact carry."""
    return "msg_" + hashlib.sha256(f"{correlation_id}\0{artifact_id}".encode()).hexdigest()[:32]


def digest(head: bytes, tail: bytes) -> bytes:
    return hashlib.blake2b(head + b"\0" + tail, digest_size=16).digest()


def dump(value: object) -> bytes:
    """One line without its LF."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def publish(
    workflow: Workflow, artifact_id: str, writer: int, position: int, payload: bytes, chance: random.Random,
    inline: Registration | None = None,
) -> tuple[Artifact, bytes]:
    """An artifact and its line; ``inline`` registers in the same line."""
    raw = {
        "artifact_id": text(artifact_id, chance), "artifact_type": text("Note", chance),
        "produced_by": text("agent é", chance), "correlation_id": text(workflow.correlation_id, chance),
        "timestamp": text(f"2026-01-15T09:30:{position % 60:02}Z", chance), "payload": payload,
    }
    if chance.random() < 0.5:
        raw["tags"] = chance.choice([b"[]", b'["a", "b"]', b'[ "\\u00e9" ]'])
    if chance.random() < 0.3:
        raw["created_at"] = text("2026-01-15T09:29:59.5+00:00", chance)
    head, tail = body_parts(workflow.format, raw)
    artifact = Artifact(workflow, artifact_id, writer, position, len(head), digest(head, tail))
    workflow.artifacts[artifact_id] = artifact
    if inline is not None:
        raw |= {"webhook_url": text(inline.url, chance), "webhook_secret": text(inline.secret, chance)}
    members = list(raw.items())
    chance.shuffle(members)
    space = chance.choice([b"", b"", b" "])
    line = b"{" + b",".join(b'"%s":%s%s' % (key.encode(), space, value) for key, value in members) + b"}"
    return artifact, line


def body_parts(format: str, raw: dict[str, bytes]) -> tuple[bytes, bytes]:
    """The bytes before and after the sequence number in the webhook body."""
    head = b'{"event_type":"artifact.created"'
    created = b',"created_at":' + raw.get("created_at", raw["timestamp"]) + b',"tags":' + raw.get("tags", b"[]")
    end = b',"timestamp":' + raw["timestamp"] + b"}"
    if format == "flock":
        head += b',"correlation_id":' + raw["correlation_id"]
        tail = b',"artifact":{"id":' + raw["artifact_id"] + b',"type":' + raw["artifact_type"]
        tail += b',"produced_by":' + raw["produced_by"] + b',"payload":' + raw["payload"] + created + b"}"
        return head, tail + end
    head += b',"artifact_id":' + raw["artifact_id"] + b',"type":' + raw["artifact_type"]
    head += b',"produced_by":' + raw["produced_by"] + b',"correlation_id":' + raw["correlation_id"]
    return head, b',"payload":' + raw["payload"] + created + end


def text(value: str, chance: random.Random) -> bytes:
    """A JSON string, with or without escapes."""
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode()


def payload(chance: random.Random, size: int) -> bytes:
    """A JSON object of about ``size`` bytes whose bytes change if it is parsed and serialised."""
    odd = chance.choice([
        b'"n":1.0', b'"big":18446744073709551616', b'"s":"\\u00e9\\ud83d\\ude00"', b'"e":1E+2', b'"a" : [ 1 , 2 ]',
        '"ü":"\U0001f426"'.encode(), b'"deep":[[[{"x":null}]]]', b'"twice":1,"twice":2', b'"z":-0.0',
    ])
    filler = chance.randbytes(max(size, 2) // 2).hex().encode()
    return b"{" + odd + b',"filler":"' + filler + b'"}'
