"""Event lines: what the bridge writes to the relay's socket, each ended by LF."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from contextvars import Context
from datetime import UTC, datetime
from functools import partial
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

from flock.core.artifacts import Artifact
from flock.core.visibility import PublicVisibility, Visibility
from opentelemetry import propagate
from opentelemetry.context import get_current
from pydantic_core import to_json

from flock_relay.buffer import Line
from flock_relay.webhook import Webhook

HELLO = b'{"type":"hello","acks":true,"grace":false}\n'
"""The first line of every connection: asks for acknowledgements, and for no grace for unmatched artifacts."""


def registration_line(workflow: str, webhook: Webhook) -> Line:
    """Registers ``webhook`` for ``workflow`` (a correlation id); without a secret the relay's own is used."""
    url, secret = webhook
    size = _REST + len(url) + (0 if secret is None else len(secret))
    return Line(workflow, partial(_registration, workflow, url, secret), True, size)


def _registration(workflow: str, url: str, secret: str | None) -> bytes:
    key = "" if secret is None else f',"webhook_secret":{quoted(secret)}'
    ids = f'"correlation_id":{quoted(workflow)},"webhook_url":{quoted(url)}'
    return _utf_8(f'{{"type":"webhook_registered",{ids}{key}}}\n')


class PublishedArtifact:
    """An artifact as it was published, and the webhook of its request.

    Fields that an agent may change later are serialised at once; the others are
    immutable. Calling the object makes the lines.
    """

    __slots__ = ("_artifact", "_context", "_payload", "_tags", "_timestamp", "_visibility", "_webhook")

    def __init__(self, artifact: Artifact, webhook: Webhook | None, current: Context) -> None:
        """``current``: the context of the publishing task; holds the span of the artifact.

        Raises whatever ``json`` raises when even the fallback cannot write the payload.
        """
        self._artifact = artifact
        self._webhook = webhook
        self._context = current
        self._timestamp = time.time()
        self._payload = _written(artifact.payload)
        public = type(artifact.visibility) is PublicVisibility
        self._visibility = _PUBLIC if public else _visibility(artifact.visibility)
        self._tags = _written(sorted(artifact.tags)) if artifact.tags else b"[]"

    def __call__(self) -> list[Line]:
        """The registration, if the request named a webhook, and the artifact."""
        line = self._line()
        webhook = self._webhook
        return [line] if webhook is None else [registration_line(line.workflow, webhook), line]

    def _line(self) -> Line:
        # Flock's MessagePublishedEvent, byte for byte what Flock's own model would write,
        # with created_at and the trace context added; but without the model, which takes
        # longer to create than everything else the bridge does.
        artifact = self._artifact
        workflow = artifact.correlation_id or ""
        partition = artifact.partition_key
        write = partial(
            _event,
            self._timestamp,
            workflow,
            artifact.id,
            artifact.type,
            artifact.produced_by,
            self._payload,
            self._visibility,
            self._tags,
            partition,
            artifact.version,
            artifact.created_at,
            _trace(self._context),
        )
        size = len(self._payload) + len(self._visibility) + len(self._tags) + len(partition or "")
        return Line(workflow, write, False, size + _REST)


def _trace(current: Context) -> dict[str, str]:
    """``traceparent`` and ``tracestate`` of the span in ``current``; empty without one."""
    traced = current.run(get_current)
    if not traced:
        return {}
    carrier: dict[str, str] = {}
    propagate.inject(carrier, traced)
    return {name: carrier[name] for name in ("traceparent", "tracestate") if name in carrier}


_REST = 512
"""Bytes assumed for ids, names, times, and the objects that hold them."""


def _event(
    timestamp: float,
    workflow: str,
    artifact_id: UUID,
    artifact_type: str,
    produced_by: str,
    payload: bytes,
    visibility: bytes,
    tags: bytes,
    partition_key: str | None,
    version: int,
    created_at: datetime,
    trace: Mapping[str, str],
) -> bytes:
    """The line of an artifact. ``timestamp``: seconds since 1970."""
    head = (
        f'{{"correlation_id":{quoted(workflow)}'
        f',"timestamp":"{datetime.fromtimestamp(timestamp, UTC).isoformat()[:-6]}Z"'
        f',"artifact_id":"{artifact_id}","artifact_type":{quoted(artifact_type)}'
        f',"produced_by":{quoted(produced_by)},"payload":'
    )
    partition = "null" if partition_key is None else quoted(partition_key)
    context = "".join(f',"{name}":{quoted(value)}' for name, value in trace.items())
    middle = f',"partition_key":{partition},"version":{version},"consumers":[]'
    tail = f',"created_at":"{created_at.isoformat()}"{context}}}\n'
    return b"".join(
        (_utf_8(head), payload, b',"visibility":', visibility, b',"tags":', tags, _utf_8(middle + tail))
    )


def _utf_8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _text(text).encode()


def _written(value: Any) -> bytes:
    """``value`` as JSON, by pydantic's writer where it can."""
    try:
        return to_json(value, inf_nan_mode="null")
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates, bytes that are not UTF-8, unknown objects, very deep values.
        return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False).encode()


def _visibility(visibility: Visibility) -> bytes:
    """``visibility`` as Flock writes a VisibilitySpec."""
    agents = getattr(visibility, "agents", None)
    labels = getattr(visibility, "required_labels", None)
    return _written(
        {
            "kind": type(visibility).__name__.removesuffix("Visibility"),
            "agents": None if agents is None else sorted(agents),
            "required_labels": None if labels is None else sorted(labels),
            "tenant_id": getattr(visibility, "tenant_id", None),
        }
    )


_PUBLIC = _visibility(PublicVisibility())


def _plain(value: Any) -> Any:
    """``value`` with everything replaced that JSON cannot hold.

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
