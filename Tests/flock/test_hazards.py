"""Hazards of former bridges, each tested on a real Flock."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import queue
import resource
import socket
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from flock import Flock
from flock.api.service import BlackboardHTTPService
from flock.components.server import ServerComponent
from flock.core.store import InMemoryBlackboardStore
from flock.registry import flock_type
from flock_relay import FlockRelay
from pydantic import BaseModel, PrivateAttr

from scripted_relay import RecordingRelay
from served import PREFIX, Served, components_service

ROUTE = "/api/v1/artifacts"
URL = "http://example.com/hook"


@flock_type(name="Package")
class Package(BaseModel):
    """An artifact that no agent consumes."""

    text: str = ""


def package(**fields: object) -> dict:
    return {"type": "Package", "payload": {}, **fields}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RecordingRelay]:
    with RecordingRelay(tmp_path / "events.sock") as running:
        yield running


@pytest.fixture
def bridge(relay: RecordingRelay) -> Iterator[FlockRelay]:
    made = FlockRelay(relay.path)
    yield made
    made.close()


def components_app(bridge: FlockRelay, *components: ServerComponent, prefix: str = PREFIX) -> FastAPI:
    service = components_service(Flock(no_output=True), *components, prefix=prefix)
    bridge.attach(service)
    service.configure()
    return service.app


class SlowStore(InMemoryBlackboardStore):
    """Takes 5 ms for each artifact, and knows how many it stored at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0
        self.most = 0

    async def publish(self, artifact) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.005)
        await super().publish(artifact)
        self._now -= 1


def test_artifacts_are_stored_concurrently(bridge: FlockRelay) -> None:
    """A publication listener would make Flock store one artifact after the other."""
    store = SlowStore()
    flock = Flock(no_output=True, store=store)
    bridge.attach(flock)

    async def publish() -> None:
        await asyncio.gather(*(flock.publish(Package()) for _ in range(200)))

    asyncio.run(publish())
    assert store.most == 200


def test_lines_are_sent_in_a_process_with_more_than_1023_descriptors(
    bridge: FlockRelay, relay: RecordingRelay
) -> None:
    """select() cannot wait for these."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with Served(components_app(bridge)) as server:
            for _ in range(3):
                answer = server.client.post(ROUTE, json=package(webhook_url=URL))
                relay.wait(2, correlation_id=answer.headers["x-flock-correlation-id"])
        assert bridge.flush() == 0
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Upload(ServerComponent):
    """A user's own routes, whose paths end like those of Flock."""

    name: str | None = "upload"
    _pieces: queue.Queue[bytes] = PrivateAttr(default_factory=queue.Queue)

    def piece(self) -> bytes:
        """The next piece of a body that has arrived in the streaming route."""
        return self._pieces.get(timeout=20)

    def register_routes(self, app, orchestrator) -> None:
        @app.post("/uploads/artifacts")
        async def upload(request: Request) -> None:
            async for piece in request.stream():
                self._pieces.put(piece)

        @app.post("/uploads/artifacts/sync")
        async def fields(request: Request) -> dict:
            return await request.json()


def test_a_users_streaming_route_is_not_buffered(bridge: FlockRelay) -> None:
    upload = Upload()
    with Served(components_app(bridge, upload)) as server, socket.create_connection(server.address) as client:
        client.sendall(b"POST /uploads/artifacts HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"one", b"two"):
            client.sendall(b"3\r\n" + piece + b"\r\n")
            assert upload.piece() == piece, "it arrives before the next one is sent"
        client.sendall(b"0\r\n\r\n")
        client.settimeout(20)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_a_users_route_keeps_its_own_webhook_fields(bridge: FlockRelay, relay: RecordingRelay) -> None:
    with Served(components_app(bridge, Upload())) as server:
        fields = {"webhook_url": "not a URL", "webhook_anything": 1}
        answer = server.client.post("/uploads/artifacts/sync", json=fields)
        assert answer.json() == fields
        assert "x-flock-correlation-id" not in answer.headers
    assert relay.lines() == []


@pytest.mark.parametrize("prefix", ["/", "/some/where/", "/artifacts/"])
def test_publish_routes_are_found_under_any_prefix(bridge: FlockRelay, relay: RecordingRelay, prefix: str) -> None:
    with Served(components_app(bridge, prefix=prefix)) as server:
        answer = server.client.post(f"{prefix}artifacts", json=package(webhook_url=URL))
        assert answer.status_code == 200
        assert answer.headers["x-flock-webhook-status"].startswith(f"{prefix}webhooks/")
        relay.wait(2, correlation_id=answer.headers["x-flock-correlation-id"])


def test_each_bridge_takes_the_webhooks_of_its_own_application(
    bridge: FlockRelay, relay: RecordingRelay, tmp_path: Path
) -> None:
    with RecordingRelay(tmp_path / "inner.sock") as inner_relay:
        inner_bridge = FlockRelay(inner_relay.path)
        outer = components_app(bridge)
        outer.mount("/inner", components_app(inner_bridge))
        with Served(outer) as server:
            workflows = []
            for prefix in ("", "/inner"):
                answer = server.client.post(prefix + ROUTE, json=package(webhook_url=URL))
                assert answer.status_code == 200, answer.text
                assert answer.headers["x-flock-webhook-status"].startswith(f"{prefix}/api/v1/webhooks/")
                workflows.append(answer.headers["x-flock-correlation-id"])
            relay.wait(2, correlation_id=workflows[0])
            inner_relay.wait(2, correlation_id=workflows[1])
        assert (len(relay.lines()), len(inner_relay.lines())) == (2, 2)
        inner_bridge.close()


def test_a_mounted_application_without_lifespan_is_reported(
    bridge: FlockRelay, caplog: pytest.LogCaptureFixture
) -> None:
    outer = FastAPI()
    outer.mount("/flock", components_app(bridge))
    with Served(outer) as server:
        for _ in range(2):
            assert server.client.post("/flock" + ROUTE, json=package(webhook_url=URL)).status_code == 200
    messages = [record.getMessage() for record in caplog.records if "lifespan=" in record.getMessage()]
    assert len(messages) == 1


def test_a_mounted_application_is_flushed_with_the_lifespan_of_the_bridge(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The relay starts only while the server stops."""
    bridge = FlockRelay(tmp_path / "late.sock", flush_timeout=30)
    outer = FastAPI(lifespan=bridge.lifespan)
    outer.mount("/flock", components_app(bridge))
    server = Served(outer)
    with server:
        assert server.client.post("/flock" + ROUTE, json=package(webhook_url=URL)).status_code == 200
        late = RecordingRelay(tmp_path / "late.sock")
        late.__enter__()
    assert bridge.counts()["pending"] == 0
    assert len(late.lines()) == 2
    assert not [record for record in caplog.records if "lifespan" in record.getMessage()]
    bridge.close()
    late.__exit__()


def test_serving_an_attached_flock_by_the_older_service_is_reported(
    bridge: FlockRelay, caplog: pytest.LogCaptureFixture
) -> None:
    flock = Flock(no_output=True)
    bridge.attach(flock)
    with Served(BlackboardHTTPService(flock).app) as server:
        server.client.post(ROUTE, json=package(webhook_url=URL))
    [message] = [record.getMessage() for record in caplog.records if "not attached" in record.getMessage()]
    assert "BlackboardHTTPService" in message
    assert "attach(service)" in message


def test_publishing_from_code_is_not_reported(bridge: FlockRelay, caplog: pytest.LogCaptureFixture) -> None:
    flock = Flock(no_output=True)
    bridge.attach(flock)
    asyncio.run(flock.publish(Package()))
    assert caplog.records == []


def test_a_service_can_be_configured_again_after_its_stop(bridge: FlockRelay, relay: RecordingRelay) -> None:
    service = components_service(Flock(no_output=True))
    bridge.attach(service)
    for _ in range(2):
        service.configure()
        with Served(service.app) as server:
            answer = server.client.post(ROUTE, json=package(webhook_url=URL))
            relay.wait(2, correlation_id=answer.headers["x-flock-correlation-id"])


def test_an_application_that_is_configured_already_can_be_attached(bridge: FlockRelay, relay: RecordingRelay) -> None:
    service = components_service(Flock(no_output=True))
    service.configure()
    bridge.attach(service)
    with Served(service.app) as server:
        answer = server.client.post(ROUTE, json=package(webhook_url=URL))
        relay.wait(2, correlation_id=answer.headers["x-flock-correlation-id"])


def test_memory_is_bounded_by_bytes_while_the_relay_is_absent(tmp_path: Path) -> None:
    bridge = FlockRelay(tmp_path / "absent.sock", buffer_bytes=1 << 20, flush_timeout=0)
    tracemalloc.start()
    with Served(components_app(bridge)) as server:
        for _ in range(50):
            body = {"type": "Package", "payload": {"text": "x" * 900_000}, "webhook_url": URL}
            assert server.client.post(ROUTE, json=body).status_code == 200
        snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/flock_relay/*")])
        assert sum(each.size for each in snapshot.statistics("filename")) < 4 << 20, "of 45 MB"
        counts = bridge.counts()
        assert counts["dropped_artifacts"] == 49
        assert (counts["pending"], counts["dropped_registrations"]) == (51, 0)
    tracemalloc.stop()
    bridge.close()


def test_no_secret_is_kept_after_its_line_is_acknowledged(bridge: FlockRelay, relay: RecordingRelay) -> None:
    secret = f"secret-{time.time_ns()}"

    def publish() -> None:
        with Served(components_app(bridge)) as server:
            body = json.dumps(package(webhook={"url": f"{URL}?token={secret}", "secret": secret})).encode()
            answer = server.client.post(ROUTE, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 200

    publish()
    assert bridge.flush() == 0
    [line] = relay.lines(webhook_secret=secret)
    line.clear()  # The recording relay has kept it.
    gc.collect()
    holders = [each for each in gc.get_objects() if isinstance(each, (dict, list, tuple, set)) and holds(each, secret)]
    assert holders == []


def holds(container: object, text: str) -> bool:
    values = [*container, *container.values()] if isinstance(container, dict) else container
    return any(isinstance(each, (str, bytes)) and text in str(each) for each in values)


def test_workflows_beyond_the_limit_are_counted_and_reported(
    relay: RecordingRelay, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = FlockRelay(relay.path, max_workflows=2)
    with Served(components_app(bridge)) as server:
        for _ in range(3):
            server.client.post(ROUTE, json=package(webhook_url=URL))
    assert bridge.counts()["forgotten_workflows"] == 1
    [message] = [record.getMessage() for record in caplog.records if "forgotten" in record.getMessage()]
    assert "max_workflows" in message
    bridge.close()


@pytest.mark.parametrize("with_bridge", [False, True], ids=["without bridge", "with bridge"])
def test_an_error_while_reading_a_body_has_the_same_answer_with_the_bridge(
    bridge: FlockRelay, with_bridge: bool
) -> None:
    service = components_service(Flock(no_output=True))
    if with_bridge:
        bridge.attach(service)
    service.configure()

    async def failing(scope, receive, send) -> None:
        async def fail() -> dict:
            raise RuntimeError("the connection was reset")

        await service.app(scope, fail if scope["type"] == "http" else receive, send)

    with Served(failing) as server:
        answer = server.client.post(ROUTE, json=package(webhook_url=URL))
    assert (answer.status_code, answer.json()) == (400, {"detail": "There was an error parsing the body"})


@pytest.mark.parametrize("field", [{"webhook_url": URL, "webhook_type": ["Package"]}, {"webhook": {"url": URL, "typs": ["Package"]}}])
@pytest.mark.parametrize("stack", ["components", "legacy"])
def test_an_unknown_webhook_field_publishes_nothing(bridge: FlockRelay, stack: str, field: dict) -> None:
    if stack == "components":
        app = components_app(bridge)
    else:
        service = BlackboardHTTPService(Flock(no_output=True))
        bridge.attach(service)
        app = service.app
    with Served(app) as server:
        answer = server.client.post(ROUTE, json=package(**field))
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["type"] == "extra_forbidden"
        assert server.client.get(ROUTE).json()["items"] == []


def test_a_server_that_stops_right_after_its_last_workflow_sends_the_completion(tmp_path: Path) -> None:
    with RecordingRelay(tmp_path / "events.sock") as relay:
        service = BlackboardHTTPService(Flock(no_output=True))
        FlockRelay(relay.path).attach(service)
        with TestClient(service.app) as client:
            webhook = {"url": URL, "events": ["workflow.completed"]}
            body = {"type": "Package", "payload": {"text": "last"}, "webhook": webhook}
            assert client.post(ROUTE, json=body).status_code == 200
        assert [line["type"] for line in relay.lines() if "type" in line] == ["webhook_registered", "workflow_completed"]
