"""Event lines: what the bridge writes to the relay's socket, each ended by LF."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

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
    """Flock's MessagePublishedEvent, with ``created_at`` and the trace context added.

    Byte for byte what Flock's own model would write, with pydantic's own writer, but
    without the model: building one takes twice as long as the rest. ``trace``:
    ``traceparent`` and ``tracestate``, as far as there are any. Raises whatever
    ``json`` raises when even the fallback cannot write the artifact.
    """
    fields: dict[str, Any] = {
        "correlation_id": artifact.correlation_id or "",
        "timestamp": datetime.now(UTC),
        "artifact_id": artifact.id,
        "artifact_type": artifact.type,
        "produced_by": artifact.produced_by,
        "payload": artifact.payload,
        "visibility": _visibility(artifact.visibility),
        "tags": sorted(artifact.tags),
        "partition_key": artifact.partition_key,
        "version": artifact.version,
        "consumers": [],
        "created_at": artifact.created_at.isoformat(),
        **trace,
    }
    try:
        return to_json(fields, inf_nan_mode="null") + b"\n"
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates, bytes that are no UTF-8, foreign objects, very deep values.
        text = json.dumps(_plain(fields), separators=(",", ":"), ensure_ascii=False)
        return text.encode() + b"\n"


_PUBLIC = {"kind": "Public", "agents": None, "required_labels": None, "tenant_id": None}


def _visibility(visibility: Visibility) -> dict[str, Any]:
    """As Flock's VisibilitySpec tells it."""
    if type(visibility) is PublicVisibility:
        return _PUBLIC
    agents = getattr(visibility, "agents", None)
    labels = getattr(visibility, "required_labels", None)
    return {
        "kind": type(visibility).__name__.removesuffix("Visibility"),
        "agents": None if agents is None else sorted(agents),
        "required_labels": None if labels is None else sorted(labels),
        "tenant_id": getattr(visibility, "tenant_id", None),
    }


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
    if isinstance(value, datetime):
        return value.isoformat()
    return _text(str(value))


def _text(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
