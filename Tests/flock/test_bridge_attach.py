"""What ``FlockRelay`` accepts, and what it rejects before a server starts."""

from __future__ import annotations

import asyncio
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from flock import Flock
from flock.api.base_service import BaseHTTPService
from flock.api.service import BlackboardHTTPService
from flock.application import FlockApplication
from flock.components.orchestrator import OrchestratorComponent
from flock.components.server import ArtifactsComponent
from flock.core.artifacts import Artifact
from flock.registry import flock_type
from flock_relay import FlockRelay, IncompatibleFlock, InvalidSecret
from flock_relay.internals import TESTED_VERSIONS
from pydantic import BaseModel

from scripted_relay import RecordingRelay
from served import Served


@pytest.fixture
def bridge(tmp_path: Path):
    made = FlockRelay(tmp_path / "absent.sock")
    yield made
    made.close()


@pytest.mark.parametrize("target", [None, "flock", FlockRelay], ids=["None", "text", "class"])
def test_attach_accepts_flock_servers_only(bridge: FlockRelay, target: object) -> None:
    with pytest.raises(TypeError, match=r"attach\(\) takes"):
        bridge.attach(target)


@pytest.mark.parametrize("serve", [lambda flock: flock, BlackboardHTTPService, BaseHTTPService])
def test_artifacts_are_observed_before_any_component_can_drop_them(tmp_path: Path, serve) -> None:
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
    bridge.close()


@pytest.mark.parametrize(
    "name",
    [
        "flock.core.Flock.add_server_component",
        "flock.components.server.artifacts.artifacts_component.ArtifactsComponent._allows_anonymous",
    ],
)
def test_a_flock_without_what_the_bridge_needs_is_rejected(
    bridge: FlockRelay, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(name)
    with pytest.raises(IncompatibleFlock) as raised:
        bridge.attach(Flock(no_output=True))
    assert name in str(raised.value)
    assert f"flock-core {version('flock-core')}" in str(raised.value)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("_artifact_manager", "persist_and_schedule"),
        ("_scheduler", "schedule_task"),
        ("_component_runner", "run_artifact_published"),
        ("_batch_engine", "batches"),
    ],
)
def test_a_flock_whose_work_cannot_be_counted_is_rejected_before_anything_is_installed(
    bridge: FlockRelay, owner: str, name: str
) -> None:
    flock = Flock(no_output=True)
    components = list(flock._components)
    setattr(flock, owner, object())
    with pytest.raises(IncompatibleFlock, match=rf"has no flock\.core\.Flock\(\)\.{owner}\.{name}, which"):
        bridge.attach(flock)
    assert flock._components == components


@pytest.mark.parametrize(
    "name",
    [
        "flock.orchestrator.correlation_engine.CorrelationGroup.is_expired",
        "flock.application.application.FlockApplication._admit",
        "flock.application.application._Workflow.on_publish",
    ],
)
def test_a_version_of_flock_with_other_workflows_is_rejected(
    bridge: FlockRelay, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FlockApplication(lambda: Flock(no_output=True), input_type=AttachTests, output_types=(AttachTests,))
    monkeypatch.delattr(name)
    with pytest.raises(IncompatibleFlock, match=name.rpartition(".")[2]):
        bridge.attach(target if "application" in name else Flock(no_output=True))


def test_a_flock_whose_publish_route_has_another_name_is_rejected(
    bridge: FlockRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArtifactsComponent, "register_routes", lambda self, app, orchestrator: None)
    with pytest.raises(IncompatibleFlock, match="publish_artifact"):
        bridge.attach(Flock(no_output=True))


def test_the_names_that_the_bridge_needs_have_the_tested_version() -> None:
    assert version("flock-core") in TESTED_VERSIONS
    assert f"flock-core=={version('flock-core')}" in requires("flock-relay-bridge")


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
    written = lines_of(tmp_path, {"webhook_url": "http://example.com/", "webhook_secret": requests}, secret=argument)
    assert [line.get("webhook_secret") for line in written if "webhook_url" in line] == [expected]


def test_several_default_secrets_sign_during_a_rotation(tmp_path: Path) -> None:
    registration, _ = lines_of(tmp_path, {"webhook_url": "http://example.com/"}, secret=["new", "old"])
    assert registration["webhook_secret"] == ["new", "old"]


def test_every_setting_reaches_the_registration_line(tmp_path: Path) -> None:
    settings = {
        "secret": ["new", "old"],
        "events": ["artifact.created"],
        "types": ["AttachTests"],
        "producers": ["external"],
        "ordering": "ordered",
        "max_retries": 7,
    }
    registration, _ = lines_of(tmp_path, {"webhook": {"url": "http://example.com/", **settings}})
    assert registration["webhook_secret"] == settings.pop("secret")
    assert {name: registration[name] for name in settings} == settings


def test_all_artifacts_includes_workflows_registered_elsewhere(tmp_path: Path) -> None:
    assert lines_of(tmp_path, {}) == []
    [line] = lines_of(tmp_path, {}, all_artifacts=True)
    assert line["artifact_type"] == "AttachTests"


@pytest.mark.parametrize("key", ["short", "ü" * 7])
def test_a_short_status_key_is_rejected(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOCK_RELAY_STATUS_KEY", key)
    with pytest.raises(ValueError, match="FLOCK_RELAY_STATUS_KEY"):
        FlockRelay("/absent.sock")


def test_an_unknown_visibility_is_rejected() -> None:
    with pytest.raises(ValueError, match='"caller", "public" or "all"'):
        FlockRelay("/absent.sock", visibility="Caller")


@flock_type(name="AttachTests")
class AttachTests(BaseModel):
    pass


def lines_of(directory: Path, fields: dict, **options: object) -> list[dict]:
    """The lines for one publish request with ``fields`` in its body, of a bridge with ``options``."""
    with RecordingRelay(directory / "events.sock") as relay:
        bridge = FlockRelay(relay.path, **options)
        service = BlackboardHTTPService(Flock(no_output=True))
        bridge.attach(service)
        with Served(service.app) as server:
            body = {"type": "AttachTests", "payload": {}, **fields}
            assert server.client.post("/api/v1/artifacts", json=body).status_code == 200
        assert bridge.flush() == 0
        bridge.close()
        return relay.lines()
