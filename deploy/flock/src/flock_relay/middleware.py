"""The ASGI middleware: removes webhook fields from publish requests, adds correlation ids to answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextvars import Token
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.context import Context

from flock_relay.publish_request import PublishRequest, current_request
from flock_relay.webhook import extract

type Message = MutableMapping[str, Any]
type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PUBLISH_ROUTES = ("/artifacts", "/artifacts/sync")
"""The endings of the paths of Flock's publish routes; their prefix is configurable in Flock."""

CORRELATION_HEADER = b"x-flock-correlation-id"
_LENGTH_HEADER = b"content-length"
_TRACE_HEADERS = (b"traceparent", b"tracestate", b"baggage")


class RelayMiddleware:
    """Wraps a Flock application. All requests but publish requests pass unchanged."""

    def __init__(
        self,
        app: Application,
        *,
        flush: Callable[[], Awaitable[None]],
        routes: tuple[str, ...] = PUBLISH_ROUTES,
    ) -> None:
        """``flush`` runs when the server stops, before it reports its shutdown."""
        self._app = app
        self._flush = flush
        self._routes = routes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            return self._app(scope, receive, self._flushing(send))
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(self._routes):
            return self._publish(scope, receive, send)
        return self._app(scope, receive, send)

    def _flushing(self, send: Send) -> Send:
        async def flush_first(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._flush()
            await send(message)

        return flush_first

    async def _publish(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        if message["type"] == "http.disconnect" or message.get("more_body", False):
            message = await _whole_request(message, receive)
            if message is None:
                return  # The client disconnected within its request: nothing was published.
        body = message.get("body", b"")
        found = extract(body, scope["query_string"])
        if found is None:
            request = PublishRequest(None, None)
        elif found.errors:
            await _reject(found.errors, send)
            return
        else:
            request = PublishRequest(found.webhook, found.artifact_type)
            if len(found.body) != len(body):
                scope = _with_body_length(scope, len(found.body))
            body = found.body
        remembered = current_request.set(request)
        traced = _join_trace(scope)
        try:
            await self._app(scope, _replaying(body, receive), _naming_workflow(request, send))
        finally:
            request.end()
            if traced is not None:
                context.detach(traced)
            current_request.reset(remembered)


async def _whole_request(message: Message, receive: Receive) -> Message | None:
    """``message`` with the whole body, or None if the client disconnected within it."""
    parts: list[bytes] = []
    while message["type"] != "http.disconnect":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}
        message = await receive()
    return None


async def _reject(errors: Sequence[Mapping[str, Any]], send: Send) -> None:
    """Answer 422 in FastAPI's form."""
    body = json.dumps({"detail": errors}, separators=(",", ":"), default=str).encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 422, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_body_length(scope: Scope, length: int) -> Scope:
    """``scope`` with its Content-Length, if any, set to ``length``."""
    headers = list(scope["headers"])
    for place, (name, _) in enumerate(headers):
        # ASGI servers nearly always pass header names in lower case.
        if name == _LENGTH_HEADER or len(name) == len(_LENGTH_HEADER) and name.lower() == _LENGTH_HEADER:
            headers[place] = (name, b"%d" % length)
    changed = dict(scope)
    changed["headers"] = headers
    return changed


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that returns ``body`` first, then further messages of the connection."""
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _naming_workflow(request: PublishRequest, send: Send) -> Send:
    """A ``send`` that adds the correlation id of the artifact that ``request`` has published."""

    def name_workflow(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and request.correlation_id is not None:
            value = request.correlation_id.encode("latin-1", "replace")
            message["headers"] = [*message.get("headers", ()), (CORRELATION_HEADER, value)]
        return send(message)

    return name_workflow


def _join_trace(scope: Scope) -> Token[Context] | None:
    """Make the trace of the request current, unless an instrumentation has already done so."""
    for name, _ in scope["headers"]:
        if name == b"traceparent":
            break
    else:
        return None
    if trace.get_current_span().get_span_context().is_valid:
        return None
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_HEADERS
    }
    return context.attach(propagate.extract(carrier))
