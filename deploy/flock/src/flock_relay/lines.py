"""Event lines: what the bridge writes to the relay's socket, each ended by LF."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from flock.core.artifacts import Artifact
from flock.core.visibility import Visibility
from opentelemetry import propagate
from opentelemetry.context import Context, get_current
from pydantic_core import to_json

from flock_relay.buffer import Kind, Line
from flock_relay.registrations import Registration

HELLO = b'{"type":"hello","acks":true,"grace":false}\n'
"""The first line of every connection: asks for acknowledgements, and for no grace for unmatched artifacts."""


def registration_line(workflow: str, registration: Registration) -> Line:
    """Registers ``registration`` for ``workflow`` (a correlation id)."""
    fields: dict[str, Any] = {
        "type": "webhook_registered",
        "correlation_id": workflow,
        "webhook_url": registration.url,
        "webhook_secret": _secret(registration.secrets),
        "ordering": registration.ordering,
        "max_retries": registration.max_retries,
        "events": registration.events,
        "types": registration.types,
        "producers": registration.producers,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return Line(workflow, _written(given) + b"\n", Kind.REGISTRATION)


class Published(NamedTuple):
    """An artifact as it was published. Components and agents may change the object later."""

    id: UUID
    type: str
    workflow: str
    produced_by: str
    payload: bytes
    visibility: Visibility
    tags: list[str]
    partition_key: str | None
    version: int
    created_at: datetime
    at: datetime
    trace: Context

    @classmethod
    def now(cls, artifact: Artifact) -> Published:
        """Raises the errors of ``json`` if even the fallback cannot write the payload."""
        return cls(
            artifact.id,
            artifact.type,
            artifact.correlation_id or "",
            artifact.produced_by,
            _written(artifact.payload),
            artifact.visibility,
            sorted(artifact.tags),
            artifact.partition_key,
            artifact.version,
            artifact.created_at,
            datetime.now(UTC),
            get_current(),
        )


def artifact_line(published: Published) -> Line:
    """Flock's MessagePublishedEvent, with the time of creation and the trace of its publication."""
    before = {
        "correlation_id": published.workflow,
        "timestamp": published.at.isoformat()[:-6] + "Z",
        "artifact_id": str(published.id),
        "artifact_type": published.type,
        "produced_by": published.produced_by,
    }
    after = {
        "visibility": _visibility(published.visibility),
        "tags": published.tags,
        "partition_key": published.partition_key,
        "version": published.version,
        "consumers": [],
        "created_at": published.created_at.isoformat(),
        **_trace(published.trace),
    }
    parts = _written(before)[:-1], published.payload, _written(after)[1:]
    return Line(published.workflow, b'%s,"payload":%s,%s\n' % parts, Kind.ARTIFACT)


def completed_line(workflow: str, status: str) -> Line:
    """Says that nothing more is under way for ``workflow``.

    ``status``: "succeeded", "failed", "cancelled", "timed_out" or "idle".
    """
    fields = {"type": "workflow_completed", "correlation_id": workflow, "status": status}
    return Line(workflow, _written(fields) + b"\n", Kind.COMPLETION)


def _secret(secrets: tuple[str, ...]) -> str | tuple[str, ...] | None:
    if len(secrets) > 1:
        return secrets
    return secrets[0] if secrets else None


def _trace(current: Context) -> dict[str, str]:
    """``traceparent`` and ``tracestate`` of the span in ``current``; empty without one."""
    if not current:
        return {}  # Saves the propagators of OpenTelemetry, where nothing is traced.
    carrier: dict[str, str] = {}
    propagate.inject(carrier, current)
    return {name: carrier[name] for name in ("traceparent", "tracestate") if name in carrier}


def _visibility(visibility: Visibility) -> dict[str, Any]:
    """``visibility`` as Flock writes a VisibilitySpec."""
    fields = vars(visibility)
    agents, labels = fields.get("agents"), fields.get("required_labels")
    return {
        "kind": type(visibility).__name__.removesuffix("Visibility"),
        "agents": None if agents is None else sorted(agents),
        "required_labels": None if labels is None else sorted(labels),
        "tenant_id": fields.get("tenant_id"),
    }


def _written(fields: Any) -> bytes:
    """``fields`` as JSON, by pydantic's writer if it can write them."""
    try:
        return to_json(fields, inf_nan_mode="null")
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates, bytes that are not UTF-8, unknown objects, very deep values.
        return json.dumps(_plain(fields), separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    """``value`` with everything replaced that JSON cannot represent.

    As pydantic does: NaN and infinities become null. Where pydantic fails: a lone
    surrogate becomes U+FFFD, and an unknown object becomes its ``str()``.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return value.isoformat()
    return _text(str(value))


def _text(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
