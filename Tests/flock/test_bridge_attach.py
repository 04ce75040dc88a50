"""What ``FlockRelay`` accepts, and what it rejects before a server starts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from flock import Flock
from flock.api.base_service import BaseHTTPService
from flock.api.service import BlackboardHTTPService
from flock.components.orchestrator import OrchestratorComponent
from flock.core.artifacts import Artifact
from flock_relay import FlockRelay, InvalidSecret


@pytest.fixture
def bridge(tmp_path: Path):
    made = FlockRelay(tmp_path / "absent.sock")
    yield made
    made.close()


@pytest.mark.parametrize("target", [None, "flock", FlockRelay], ids=["None", "text", "class"])
def test_attach_accepts_flock_servers_only(bridge: FlockRelay, target: object) -> None:
    with pytest.raises(TypeError, match=r"attach\(\) takes"):
        bridge.attach(target)


@pytest.mark.parametrize("listens", [True, False], ids=["listener", "component"])
@pytest.mark.parametrize("serve", [lambda flock: flock, BlackboardHTTPService, BaseHTTPService])
def test_artifacts_are_observed_before_any_component_can_drop_them(
    tmp_path: Path, serve, listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Flock's listeners, or through a component if Flock has no listeners."""
    if not listens:
        monkeypatch.delattr(Flock, "_add_publication_listener")

    class Drop(OrchestratorComponent):
        async def on_artifact_published(self, orchestrator: Flock, artifact: Artifact) -> None:
            return None

    flock = Flock(no_output=True)
    flock.add_component(Drop(priority=-1000))
    bridge = FlockRelay(tmp_path / "absent.sock", all_artifacts=True)
    assert bridge.attach(serve(flock)) is bridge
    published = Artifact(type="Order", payload={}, produced_by="alpha", correlation_id="w")
    asyncio.run(flock.publish(published))
    assert bridge.counts()["accepted"] == 1
    assert any(each.name == "flock_relay" for each in flock._components) is not listens
    bridge.close()


@pytest.mark.parametrize("serve", [lambda flock: flock, BlackboardHTTPService, BaseHTTPService])
def test_attaching_twice_is_rejected(bridge: FlockRelay, serve) -> None:
    flock = Flock(no_output=True)
    bridge.attach(serve(flock))
    with pytest.raises(ValueError, match="already"):
        FlockRelay("/absent.sock").attach(serve(flock))


@pytest.mark.parametrize("secret", ["", "whsec_?"])
def test_an_unusable_secret_is_rejected_at_once(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSecret):
        FlockRelay("/absent.sock", secret=secret)
    monkeypatch.setenv("FLOCK_RELAY_SECRET", secret)
    with pytest.raises(InvalidSecret, match="FLOCK_RELAY_SECRET"):
        FlockRelay("/absent.sock")


@pytest.mark.parametrize(
    ("argument", "variable", "requests", "expected"),
    [
        (None, None, None, None),
        (None, "environment", None, "environment"),
        ("argument", "environment", None, "argument"),
        ("argument", "environment", "request's", "request's"),
    ],
)
def test_the_most_specific_secret_signs(
    argument: str | None,
    variable: str | None,
    requests: str | None,
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if variable is not None:
        monkeypatch.setenv("FLOCK_RELAY_SECRET", variable)
    bridge = FlockRelay(tmp_path / "absent.sock", secret=argument)
    written = lines_of(bridge, {"webhook_url": "http://example.com/", "webhook_secret": requests})
    assert [line.get("webhook_secret") for line in written if "webhook_url" in line] == [expected]


def test_all_artifacts_includes_workflows_registered_elsewhere(tmp_path: Path) -> None:
    assert lines_of(FlockRelay(tmp_path / "absent.sock"), {}) == []
    [line] = lines_of(FlockRelay(tmp_path / "absent.sock", all_artifacts=True), {})
    assert line["artifact_type"] == "AttachTests"


def lines_of(bridge: FlockRelay, fields: dict) -> list[dict]:
    """The lines for one publish request with ``fields`` in its body."""
    import httpx
    from flock.registry import flock_type
    from pydantic import BaseModel

    @flock_type(name="AttachTests")
    class AttachTests(BaseModel):
        pass

    service = BlackboardHTTPService(Flock(no_output=True))
    bridge.attach(service)

    async def publish() -> None:
        transport = httpx.ASGITransport(service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://flock") as client:
            body = {"type": "AttachTests", "payload": {}, **fields}
            answer = await client.post("/api/v1/artifacts", json=body)
            assert answer.status_code == 200

    asyncio.run(publish())
    bridge.flush(0)
    bridge.close()
    buffer = bridge._outbound._buffer
    buffer.start_connection(greetings=0)
    return [json.loads(line) for line in buffer.take(1 << 20).splitlines()]
