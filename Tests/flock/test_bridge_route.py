"""The publish route against a scripted application."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from flock import Flock
from flock.core.artifacts import Artifact
from flock_relay.internals import everything
from flock_relay.publish_request import current_request
from flock_relay.publish_route import PublishRoute
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException

FLOCK = Flock(no_output=True)
BODY = json.dumps({"type": "Note", "payload": {}, "webhook_url": "http://example.com/"}).encode()


class Application:
    """Reads the whole body, publishes an artifact if it has one, answers, and records the request."""

    def __init__(self, publishes: Artifact | None = None) -> None:
        self.publishes = publishes
        self.calls = 0
        self.body = b""
        self.scope: dict[str, Any] = {}
        self.registration: object = None
        self.trace_id = 0

    async def __call__(self, scope, receive, send) -> None:
        self.calls += 1
        self.scope = scope
        more = True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        request = current_request.get()
        self.registration = request and request.registration
        self.trace_id = trace.get_current_span().get_span_context().trace_id
        if request is not None and self.publishes is not None:
            request.claims(FLOCK, self.publishes)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"{}"})


def run(
    app: Application,
    *pieces: bytes,
    query: bytes = b"",
    headers: tuple = (),
    then: tuple = ({"type": "http.disconnect"},),
) -> list[dict]:
    """Send one request whose body arrives in ``pieces``; return the answer."""
    body = [
        {"type": "http.request", "body": piece, "more_body": number + 1 < len(pieces)}
        for number, piece in enumerate(pieces)
    ]
    scope = {"type": "http", "path": "/api/v1/artifacts", "query_string": query, "headers": list(headers)}
    answers: list[dict] = []
    messages = iter([*body, *then])

    async def receive() -> dict:
        return next(messages)

    async def send(message: dict) -> None:
        answers.append(message)

    route = PublishRoute(
        app, FLOCK, may_read=lambda scope: everything, status_path=lambda scope, workflow: f"/status/{workflow}"
    )

    async def main() -> None:
        await route(scope, receive, send)
        assert current_request.get() is None

    asyncio.run(main())
    return answers


def note(workflow: str) -> Artifact:
    return Artifact(type="Note", payload={}, produced_by="external", correlation_id=workflow)


def header(message: dict, name: bytes) -> bytes | None:
    return dict(message["headers"]).get(name)


LONGER = b'{"type":"Note","payload":{"a":[%s]},"webhook_url":"http://example.com/","tags":[]}' % b",".join([b"1e9"] * 20)
"""A body whose rest is serialised again and becomes longer."""


@pytest.mark.parametrize("body", [BODY, LONGER], ids=["shorter", "longer"])
def test_the_webhook_is_removed_and_the_content_length_is_correct(body: bytes) -> None:
    app = Application()
    length = (b"Content-Length", str(len(body)).encode())
    run(app, body, headers=(length, (b"x", b"y")))
    fields = json.loads(body)
    del fields["webhook_url"]
    assert json.loads(app.body) == fields
    assert dict(app.scope["headers"]) == {b"Content-Length": b"%d" % len(app.body), b"x": b"y"}
    assert app.registration.url == "http://example.com/"


def test_a_body_may_arrive_in_pieces() -> None:
    app = Application()
    run(app, *(BODY[start : start + 5] for start in range(0, len(BODY), 5)))
    assert json.loads(app.body) == {"type": "Note", "payload": {}}


def test_the_answer_names_the_workflow_with_or_without_webhook() -> None:
    for body in (b'{"type":"Note"}', b'{"type":"Note","webhook_url":null}'):
        start, end = run(Application(note("w-1")), body)
        assert header(start, b"x-flock-correlation-id") == b"w-1"
        assert header(start, b"x-flock-webhook-status") is None
        assert header(start, b"a") == b"b"
        assert end["body"] == b"{}"


def test_an_answer_without_artifact_names_no_workflow() -> None:
    start, _ = run(Application(), BODY)
    assert header(start, b"x-flock-correlation-id") is None


def test_the_answer_names_the_status_of_its_webhook() -> None:
    start, _ = run(Application(note("w-1")), BODY)
    assert header(start, b"x-flock-webhook-status") == b"/status/w-1"


def test_an_invalid_webhook_is_rejected_without_calling_the_application() -> None:
    app = Application()
    start, end = run(app, b'{"type":"Note","webhook_url":"nope"}')
    assert app.calls == 0
    assert start["status"] == 422
    assert header(start, b"content-type") == b"application/json"
    assert header(start, b"content-length") == b"%d" % len(end["body"])
    assert json.loads(end["body"])["detail"][0]["loc"] == ["body", "webhook_url"]


def test_a_rejection_can_quote_text_that_utf_8_cannot_hold() -> None:
    _, end = run(Application(), b'{"webhook_url":"\\ud800"}')
    assert json.loads(end["body"])["detail"]


def test_a_client_that_disconnects_within_its_request_publishes_nothing() -> None:
    app = Application()
    half = {"type": "http.request", "body": BODY[:9], "more_body": True}
    assert run(app, then=(half, {"type": "http.disconnect"})) == []
    assert app.calls == 0


def test_the_trace_of_the_request_is_continued() -> None:
    app = Application()
    run(app, BODY, headers=((b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),))
    assert app.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert not trace.get_current_span().get_span_context().is_valid


@pytest.mark.parametrize(("kind", "is_joined"), [(SpanKind.INTERNAL, True), (SpanKind.SERVER, False)])
def test_the_trace_of_the_request_replaces_all_but_the_span_of_an_instrumentation(
    kind: SpanKind, is_joined: bool
) -> None:
    """With Flock's own tracing, the current span is that of the server's whole run."""
    app = Application()
    with TracerProvider().get_tracer("test").start_as_current_span("outer", kind=kind) as outer:
        run(app, BODY, headers=((b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),))
        assert trace.get_current_span() is outer
    own = outer.get_span_context().trace_id
    assert app.trace_id == (0x0AF7651916CD43DD8448EB211C80319C if is_joined else own)


@pytest.mark.parametrize("value", [b"", b"nonsense", b"\xff"])
def test_a_malformed_trace_is_ignored(value: bytes) -> None:
    app = Application()
    start, _ = run(app, BODY, headers=((b"traceparent", value),))
    assert start["status"] == 200
    assert app.trace_id == 0


class Body(dict):
    """A message of which reading the body fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type="http.request")
        self._error = error

    def get(self, key: str, default: object = None) -> object:
        raise self._error


def test_an_unforeseen_error_while_reading_the_body_is_answered_as_fastapi_does() -> None:
    app = Application()
    start, end = run(app, then=(Body(RuntimeError("no body")),))
    assert (start["status"], json.loads(end["body"])) == (400, {"detail": "There was an error parsing the body"})
    assert app.calls == 0


def test_an_error_that_has_an_answer_keeps_it() -> None:
    """Such as that of a middleware that limits the size of bodies."""
    with pytest.raises(HTTPException) as raised:
        run(Application(), then=(Body(HTTPException(413)),))
    assert raised.value.status_code == 413


def test_a_body_too_deep_to_be_written_again_is_rejected() -> None:
    body = b'{"payload":' + b"[" * 900 + b"]" * 900 + b',"webhook_url":"http://a/"}'
    app = Application()
    start, _ = run(app, body)
    assert start["status"] in (200, 400)
    if start["status"] == 200:
        assert json.loads(app.body) == json.loads(body[: body.rindex(b",")] + b"}")
