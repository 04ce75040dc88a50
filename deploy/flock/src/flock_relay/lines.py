"""Event lines: what the bridge writes to the relay's socket, each ended by LF."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from flock.components.server.models.events import MessagePublishedEvent, VisibilitySpec
from flock.core.artifacts import Artifact
from flock.core.visibility import PublicVisibility, Visibility
from pydantic_core import to_json

HELLO = b'{"type":"hello","acks":true,"grace":false}\n'
"""The first line of every connection: acknowledge, and decide unmatched artifacts at once."""


def registration_line(workflow: str, url: str, secret: str | None) -> bytes:
    """Ties ``workflow`` (a correlation id) to ``url``; without ``secret`` the relay's own is used."""
    fields = {"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url}
    if secret is not None:
        fields["webhook_secret"] = secret
    return to_json(fields) + b"\n"


def artifact_line(artifact: Artifact, trace: Mapping[str, str]) -> bytes:
    """Flock's own MessagePublishedEvent, with ``created_at`` and the trace context added.

    ``trace``: ``traceparent`` and ``tracestate``, as far as there are any.
    Raises whatever Flock's model or ``json`` raise when even the fallback cannot
    write the artifact.
    """
    event = MessagePublishedEvent(
        correlation_id=str(artifact.correlation_id or ""),
        artifact_id=str(artifact.id),
        artifact_type=artifact.type,
        produced_by=artifact.produced_by,
        payload=artifact.payload,
        visibility=_visibility(artifact.visibility),
        tags=sorted(artifact.tags),
        partition_key=artifact.partition_key,
        version=artifact.version,
    )
    try:
        text = _serialize(event)
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates, bytes that are no UTF-8, foreign objects, very deep values.
        fields = {name: getattr(event, name) for name in MessagePublishedEvent.model_fields}
        fields["visibility"] = event.visibility.model_dump()
        text = json.dumps(_plain(fields), separators=(",", ":"), ensure_ascii=False).encode()
    # One object's text, its closing brace replaced. An ISO time needs no escaping.
    more = f',"created_at":"{artifact.created_at.isoformat()}"'
    for name in ("traceparent", "tracestate"):
        if name in trace:
            more += f',"{name}":{json.dumps(trace[name])}'
    return b"%s%s}\n" % (text[:-1], more.encode())


# What model_dump_json does, without the text in between.
_serialize = MessagePublishedEvent.__pydantic_serializer__.to_json
_PUBLIC = VisibilitySpec(kind="Public")


def _visibility(visibility: Visibility) -> VisibilitySpec:
    if type(visibility) is PublicVisibility:
        return _PUBLIC
    kind = type(visibility).__name__.removesuffix("Visibility")
    agents = getattr(visibility, "agents", None)
    labels = getattr(visibility, "required_labels", None)
    return VisibilitySpec(
        kind=kind,
        agents=None if agents is None else sorted(agents),
        required_labels=None if labels is None else sorted(labels),
        tenant_id=getattr(visibility, "tenant_id", None),
    )


def _plain(value: Any) -> Any:
    """``value`` as JSON can hold it, losing as little as possible.

    As pydantic does: NaN and infinities become null. Where pydantic gives up: a lone
    surrogate becomes U+FFFD, everything JSON does not know becomes its ``str()``.
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
    return _text(str(value))


def _text(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
