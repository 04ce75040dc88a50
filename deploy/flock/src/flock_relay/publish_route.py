"""Wraps one publish route of Flock: takes the webhook out of its requests, adds headers to its answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Token
from typing import Any

from flock.core import Flock
from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flock_relay.publish_request import PublishRequest, current_request
from flock_relay.webhook_fields import take_webhook
from flock_relay.workflows import MayRead

CORRELATION_HEADER = b"x-flock-correlation-id"
STATUS_HEADER = b"x-flock-webhook-status"
_LENGTH_HEADER = b"content-length"
_TRACE_HEADERS = (b"traceparent", b"tracestate", b"baggage")


class PublishRoute:
    """The ASGI application of a publish route of Flock.

    It stands in the route itself, behind all middleware and behind the matching of the
    path, so that no other route is affected, and the caller's identity is known.
    """

    def __init__(
        self,
        app: ASGIApp,
        flock: Flock,
        *,
        may_read: Callable[[Scope], MayRead],
        status_path: Callable[[Scope, str], str],
        answered: Callable[[], None],
    ) -> None:
        """``app``: what the route called before. ``flock``: in which it publishes.

        ``may_read`` says what the caller of a request may read. ``status_path`` is the path,
        with its query, at which the caller of a request can see the deliveries of a workflow.
        ``answered`` is called when the answer to a request is sent.
        """
        self._app = app
        self._flock = flock
        self._may_read = may_read
        self._status_path = status_path
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One publish request."""
        try:
            body = await _whole_body(receive)
            if body is None:
                return  # The client disconnected within its request: nothing was published.
            found = take_webhook(body, scope["query_string"])
        except HTTPException:
            raise
        except Exception:  # As FastAPI answers.
            await _answer(400, "There was an error parsing the body", send)
            return
        if found.errors:
            await _answer(422, found.errors, send)
            return
        if len(found.body) != len(body):
            scope = _with_body_length(scope, len(found.body))
        del body  # It may be large.
        request = PublishRequest(self._flock, found.registration, found.artifact_type, self._may_read, scope)

        def send_with_headers(message: Message) -> Awaitable[None]:
            workflow = request.correlation_id
            if message["type"] == "http.response.start" and workflow is not None:
                headers = [*message.get("headers", ()), (CORRELATION_HEADER, _header(workflow))]
                if request.registration is not None:
                    headers.append((STATUS_HEADER, _header(self._status_path(scope, workflow))))
                message["headers"] = headers
            return send(message)

        remembered = current_request.set(request)
        traced = _join_trace(scope)
        try:
            await self._app(scope, _replaying(found.body, receive), send_with_headers)
        finally:
            request.end()
            self._answered()
            if traced is not None:
                context.detach(traced)
            current_request.reset(remembered)


async def _whole_body(receive: Receive) -> bytes | None:
    """The whole body, or None if the client disconnected within it."""
    parts: list[bytes] = []
    while (message := await receive())["type"] != "http.disconnect":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
    return None


async def _answer(status: int, detail: str | Sequence[Mapping[str, Any]], send: Send) -> None:
    """Answer with an error in FastAPI's form."""
    body = json.dumps({"detail": detail}, separators=(",", ":"), default=str).encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _with_body_length(scope: Scope, length: int) -> Scope:
    """``scope`` with its Content-Length, if any, set to ``length``."""
    headers = [(name, b"%d" % length if name.lower() == _LENGTH_HEADER else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that returns ``body`` first, then further messages of the connection."""
    is_replayed = False

    async def replay() -> Message:
        nonlocal is_replayed
        if is_replayed:
            return await receive()
        is_replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _join_trace(scope: Scope) -> Token[Context] | None:
    """Make the trace of the request current, unless an instrumentation has already done so.

    Flock's own tracing does not: within it, the current span is that of the server's whole run.
    """
    if b"traceparent" not in dict(scope["headers"]):
        return None
    current = trace.get_current_span()
    if getattr(current, "kind", None) is trace.SpanKind.SERVER:
        return None
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_HEADERS
    }
    extracted = propagate.extract(carrier)
    joined = trace.get_current_span(extracted).get_span_context()
    if not joined.is_valid or joined.trace_id == current.get_span_context().trace_id:
        return None
    return context.attach(extracted)
