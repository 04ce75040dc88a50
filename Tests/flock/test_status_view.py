"""The integrator's view: the deliveries of one workflow, for a caller with its token."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flock import Flock
from flock.api.service import BlackboardHTTPService
from flock.registry import flock_type
from flock_relay import FlockRelay, InvalidPage, RelayUnavailable, WebhookNotFound
from flock_relay.status import TIMEOUT
from processes import RelayProcess
from pydantic import BaseModel
from receiver import Receiver
from served import Served, components_service

ROUTE = "/api/v1/artifacts"


@flock_type(name="Viewed")
class Viewed(BaseModel):
    """An artifact that no agent consumes."""


@pytest.fixture(params=["components", "legacy"])
def view(request: pytest.FixtureRequest, own_relay: RelayProcess) -> Iterator[tuple[Served, FlockRelay]]:
    """A server of each stack, and its bridge."""
    bridge = FlockRelay(own_relay.socket)
    if request.param == "legacy":
        service = BlackboardHTTPService(Flock(no_output=True))
    else:
        service = components_service(Flock(no_output=True))
    bridge.attach(service)
    if request.param == "components":
        service.configure()
    with Served(service.app) as server:
        yield server, bridge
    bridge.close()


def publish(server: Served, receiver: Receiver) -> tuple[str, str]:
    """The correlation id and the status path of a request whose webhook has arrived."""
    before = len(receiver.deliveries())
    answer = server.client.post(ROUTE, json={"type": "Viewed", "payload": {}, "webhook_url": receiver.url()})
    receiver.wait(before + 1)
    return answer.headers["x-flock-correlation-id"], answer.headers["x-flock-webhook-status"]


def test_the_address_of_the_answer_shows_the_deliveries(view: tuple[Served, FlockRelay], receiver: Receiver) -> None:
    server, _ = view
    workflow, path = publish(server, receiver)
    deadline = time.monotonic() + 20
    while True:
        answer = server.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        document = answer.json()
        if document["delivered"] == 1:
            break
        assert time.monotonic() < deadline
    assert document["correlation_id"] == workflow
    assert [delivery["state"] for delivery in document["deliveries"]] == ["delivered"]
    assert "/hook" not in answer.text, "the path of the webhook may contain a token"


def test_other_tokens_are_answered_like_an_unknown_workflow(
    view: tuple[Served, FlockRelay], receiver: Receiver
) -> None:
    server, bridge = view
    workflow, path = publish(server, receiver)
    _, another = publish(server, receiver)
    bare = path.partition("?")[0]
    unknown = f"/api/v1/webhooks/unknown?token={bridge.webhook_token('unknown')}"
    wrong = [bare, f"{bare}?token=", f"{bare}?token=%C3%BC", f"{bare}?{another.partition('?')[2]}", path[:-1], unknown]
    answers = [server.client.get(each) for each in wrong]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert server.client.get(path).json()["correlation_id"] == workflow


def test_the_view_is_read_only(view: tuple[Served, FlockRelay], receiver: Receiver) -> None:
    server, _ = view
    _, path = publish(server, receiver)
    assert server.client.post(path).status_code == 405


def test_a_relay_that_is_away_is_503_and_then_comes_back(
    view: tuple[Served, FlockRelay], receiver: Receiver, own_relay: RelayProcess
) -> None:
    server, _ = view
    _, path = publish(server, receiver)
    own_relay.kill()
    assert server.client.get(path).status_code == 503
    assert server.client.get(path.replace("token=", "token=0")).status_code == 404
    own_relay.start()
    answer = server.client.get(path)
    assert answer.status_code == 404, "an ephemeral relay has forgotten the workflow"


def test_a_hanging_relay_is_503_and_delays_no_other_request(
    view: tuple[Served, FlockRelay], receiver: Receiver, own_relay: RelayProcess
) -> None:
    server, _ = view
    _, path = publish(server, receiver)
    own_relay.freeze()
    try:
        viewers = [socket.create_connection(server.address) for _ in range(20)]
        for viewer in viewers:
            viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        for _ in range(20):
            begun = time.monotonic()
            body = {"type": "Viewed", "payload": {}, "webhook_url": receiver.url()}
            assert server.client.post(ROUTE, json=body).status_code == 200
            assert time.monotonic() - begun < TIMEOUT, "no request waits for the relay"
        for viewer in viewers:
            viewer.settimeout(20)
            assert viewer.recv(12) == b"HTTP/1.1 503"
            viewer.close()
    finally:
        own_relay.resume()


def test_the_address_takes_the_parameters_of_a_page(view: tuple[Served, FlockRelay], receiver: Receiver) -> None:
    server, _ = view
    workflow, path = publish(server, receiver)
    page = server.client.get(path + "&from=1&limit=1&state=delivered&unknown=%00").json()
    assert page["correlation_id"] == workflow
    assert server.client.get(path + "&from=2").json()["deliveries"] == []
    for wrong in ("from=0", "limit=1001", "limit=%F0%9F%90%A6%0D%0A", "state=ok"):
        answer = server.client.get(f"{path}&{wrong}")
        assert answer.status_code == 400
        assert f"{wrong.partition('=')[0]} must be" in answer.json()["detail"]
        assert answer.headers["cache-control"] == "no-store"
    assert server.client.get(path.replace("token=", "token=0") + "&from=0").status_code == 404


def test_ten_thousand_deliveries_are_shown_page_by_page(own_relay: RelayProcess) -> None:
    """No receiver listens at the port of the webhook, so that deliveries fail or wait."""
    lines = [{"type": "webhook_registered", "correlation_id": "big", "webhook_url": "http://127.0.0.1:9/"}]
    event = {"artifact_type": "T", "produced_by": "a", "correlation_id": "big", "timestamp": "2026-01-02T03:04:05Z"}
    lines += [{**event, "artifact_id": str(number), "payload": {}} for number in range(10_000)]
    with socket.socket(socket.AF_UNIX) as writer:
        writer.connect(str(own_relay.socket))
        writer.sendall(b'{"type":"hello","acks":true}\n')
        writer.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        replies = writer.makefile("rb")
        while json.loads(replies.readline()) != {"ack": len(lines) + 1}:
            pass
        replies.close()
    bridge = FlockRelay(own_relay.socket)
    token = bridge.webhook_token("big")
    document = json.loads(asyncio.run(bridge.webhook_status("big", token)))
    shown = [each["sequence"] for each in document["deliveries"]]
    while "next_sequence" in document:
        page = {"from": document["next_sequence"], "limit": 1000}
        document = json.loads(asyncio.run(bridge.webhook_status("big", token, **page)))
        shown += [each["sequence"] for each in document["deliveries"]]
    assert shown == list(range(1, 10_001))
    with pytest.raises(InvalidPage, match="limit must be a number from 1 to 1000"):
        asyncio.run(bridge.webhook_status("big", token, limit=1001))
    with pytest.raises(InvalidPage, match="the parameters of"):
        asyncio.run(bridge.webhook_status("big", token, size=5))


def test_a_program_without_a_server_asks_by_function(own_relay: RelayProcess, tmp_path: Path) -> None:
    bridge = FlockRelay(own_relay.socket)
    for token in ("", "0" * 64, bridge.webhook_token("another"), "\ud800"):
        with pytest.raises(WebhookNotFound):
            asyncio.run(bridge.webhook_status("w", token))
    with pytest.raises(WebhookNotFound):
        asyncio.run(bridge.webhook_status("w", bridge.webhook_token("w")))
    absent = FlockRelay(tmp_path / "nowhere" / "events.sock")
    with pytest.raises(RelayUnavailable):
        asyncio.run(absent.webhook_status("w", absent.webhook_token("w")))


def test_processes_accept_the_tokens_of_each_other_only_with_a_shared_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_tokens() -> set[str]:
        return {FlockRelay("/absent.sock").webhook_token("w") for _ in range(2)}

    assert len(two_tokens()) == 2
    monkeypatch.setenv("FLOCK_RELAY_STATUS_KEY", "0123456789abcdef")
    assert len(two_tokens()) == 1


WORKER = """
import asyncio, logging, multiprocessing
from flock_relay import FlockRelay

def work():
    logging.basicConfig()
    async def main():
        async with FlockRelay("/absent.sock").lifespan():
            pass
    asyncio.run(main())

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work).start()
"""


@pytest.mark.parametrize("key", ["", "0123456789abcdef"], ids=["own keys", "shared key"])
def test_a_worker_process_without_a_shared_key_says_so_at_its_start(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOCK_RELAY_STATUS_KEY", key)
    script = tmp_path / "workers.py"
    script.write_text(WORKER)
    output = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stderr
    assert ("FLOCK_RELAY_STATUS_KEY" in output) is (key == "")


@pytest.mark.parametrize("server", ["gunicorn/23.0.0", ""], ids=["gunicorn", "no gunicorn"])
def test_a_worker_of_gunicorn_without_a_shared_key_says_so(
    server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """gunicorn forks its workers, and names itself in the environment."""
    monkeypatch.setenv("SERVER_SOFTWARE", server)

    async def start() -> None:
        async with FlockRelay("/absent.sock").lifespan():
            pass

    asyncio.run(start())
    assert bool([record for record in caplog.records if "FLOCK_RELAY_STATUS_KEY" in record.getMessage()]) is bool(server)
