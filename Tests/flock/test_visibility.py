"""A webhook gets exactly what ``GET /artifacts`` shows the caller who registered it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request
from flock import Flock
from flock.api.service import BlackboardHTTPService
from flock.components.agent import EngineComponent
from flock.components.server import ArtifactComponentConfig, ArtifactsComponent, ServerComponent
from flock.core.visibility import (
    AfterVisibility,
    AgentIdentity,
    LabelledVisibility,
    PrivateVisibility,
    PublicVisibility,
    TenantVisibility,
    Visibility,
)
from flock.registry import flock_type
from flock.utils.runtime import EvalResult
from flock_relay import FlockRelay
from processes import RelayProcess
from pydantic import BaseModel
from receiver import Receiver
from scripted_relay import RecordingRelay
from served import Served, components_service

ROUTE = "/api/v1/artifacts"

KINDS: dict[str, Visibility] = {
    "public": PublicVisibility(),
    "private": PrivateVisibility(agents={"named"}),
    "private to anonymous": PrivateVisibility(agents={"__anonymous__"}),
    "labelled": LabelledVisibility(required_labels={"red"}),
    "labelled twice": LabelledVisibility(required_labels={"red", "blue"}),
    "labelled without label": LabelledVisibility(),
    "tenant": TenantVisibility(tenant_id="t1"),
    "tenant without tenant": TenantVisibility(),
    "after an hour": AfterVisibility(ttl=timedelta(hours=1)),
    "after no time": AfterVisibility(),
    "after no time, then private": AfterVisibility(then=PrivateVisibility(agents={"named"})),
}

IDENTITIES: dict[str, dict[str, Any] | None] = {
    "anonymous": None,
    "named": {"name": "named"},
    "another": {"name": "another"},
    "named anonymous": {"name": "__anonymous__"},
    "tenant": {"name": "a", "tenant_id": "t1"},
    "another tenant": {"name": "a", "tenant_id": "t2"},
    "labelled": {"name": "a", "labels": ["red"]},
    "labelled twice": {"name": "a", "labels": ["red", "blue"]},
}

VISIBLE = {
    "anonymous": {"public", "after no time"},
    "named": {
        "public",
        "private",
        "labelled without label",
        "tenant without tenant",
        "after no time",
        "after no time, then private",
    },
}
"""For two callers, written out: what they may read. A rule that is wrong on both sides would show here."""


@flock_type(name="Spread")
class Spread(BaseModel):
    """Makes an agent publish one piece of each kind of visibility."""


@flock_type(name="Piece")
class Piece(BaseModel):
    kind: str


class SpreadEngine(EngineComponent):
    async def evaluate(self, agent, ctx, inputs, output_group):
        return EvalResult.from_objects(*[Piece(kind=kind) for kind in KINDS], agent=agent)


def build() -> Flock:
    flock = Flock(no_output=True)
    spreader = flock.agent("spreader").consumes(Spread)
    pieces = spreader.publishes(Piece, fan_out=(1, 100), visibility=lambda piece: KINDS[piece.kind])
    pieces.with_engines(SpreadEngine())
    return flock


def read_identity(request: Request) -> None:
    """Trusts a header, as an authenticating proxy would set it."""
    if (header := request.headers.get("x-identity")) is not None:
        fields = json.loads(header)
        # Both forms, and both names, that Flock accepts.
        if fields["name"] == "named":
            request.state.agent_identity = fields
        else:
            request.state.identity = AgentIdentity(**fields)


class IdentityMiddleware(ServerComponent):
    """Sets the identity in a middleware."""

    name: str | None = "identity"

    def configure(self, app: FastAPI, orchestrator: Flock) -> None:
        @app.middleware("http")
        async def identify(request: Request, call_next):
            read_identity(request)
            return await call_next(request)

    def register_routes(self, app, orchestrator) -> None:
        pass


class IdentityDependency(ServerComponent):
    """Sets the identity in a dependency of every route, which runs after every middleware."""

    name: str | None = "identity"
    priority: int = -10

    def configure(self, app: FastAPI, orchestrator: Flock) -> None:
        app.router.dependencies.append(Depends(read_identity))

    def register_routes(self, app, orchestrator) -> None:
        pass


def components_app(bridge: FlockRelay, *components: ServerComponent, **config: Any) -> FastAPI:
    service = components_service(build(), *components, **config)
    bridge.attach(service)
    service.configure()
    return service.app


def legacy_app(bridge: FlockRelay) -> FastAPI:
    service = BlackboardHTTPService(build())
    bridge.attach(service)
    return service.app


APPLICATIONS = {
    "middleware": lambda bridge: components_app(bridge, IdentityMiddleware()),
    "dependency": lambda bridge: components_app(bridge, IdentityDependency()),
    "default identity": lambda bridge: components_app(
        bridge, IdentityMiddleware(), default_identity=AgentIdentity(name="named", labels={"red"}, tenant_id="t1")
    ),
    "not enforced": lambda bridge: components_app(bridge, IdentityMiddleware(), enforce_visibility=False),
    "legacy": legacy_app,
}


@pytest.fixture(scope="module")
def applications(relay: RelayProcess) -> Iterator[dict[str, tuple[Served, FlockRelay]]]:
    """A server of each kind, whose bridge talks to the shared relay."""
    with ExitStack() as running:
        servers = {}
        for name, build_app in APPLICATIONS.items():
            bridge = FlockRelay(relay.socket)
            running.callback(bridge.close)
            servers[name] = (running.enter_context(Served(build_app(bridge))), bridge)
        yield servers


def headers(identity: str) -> dict[str, str]:
    fields = IDENTITIES[identity]
    return {} if fields is None else {"x-identity": json.dumps(fields)}


def shown(server: Served, workflow: str, identity: str) -> dict[str, str]:
    """What the server shows this caller of the workflow: kind by artifact id."""
    query = {"correlation_id": workflow, "limit": 500}
    items = server.client.get(ROUTE, params=query, headers=headers(identity)).raise_for_status().json()["items"]
    return {item["id"]: item["payload"].get("kind", "") for item in items}


def handled(bridge: FlockRelay) -> int:
    """Registrations and artifacts of which the bridge has decided whether they are sent."""
    counts = bridge.counts()
    return counts["accepted"] + counts["withheld"]


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("application", APPLICATIONS)
def test_a_webhook_gets_what_the_server_shows_the_same_caller(
    application: str, identity: str, applications: dict[str, tuple[Served, FlockRelay]], receiver: Receiver
) -> None:
    server, bridge = applications[application]
    before = handled(bridge)
    body = {"type": "Spread", "payload": {}, "webhook_url": receiver.url()}
    answer = server.client.post(ROUTE, json=body, headers=headers(identity))
    assert answer.status_code == 200, answer.text
    workflow = answer.headers["x-flock-correlation-id"]
    deadline = time.monotonic() + 30
    while handled(bridge) < before + 2 + len(KINDS):  # The registration, the request's artifact and the pieces.
        assert time.monotonic() < deadline, "the agent does not publish"
        time.sleep(0.01)
    assert bridge.flush(20) == 0
    expected = shown(server, workflow, identity)
    receiver.wait(len(expected))
    last = {"type": "Piece", "payload": {"kind": "public"}, "webhook_url": receiver.url("/last")}
    server.client.post(ROUTE, json=last)
    receiver.wait(1, "/last")
    deliveries = receiver.deliveries()
    got = {delivery.fields["artifact_id"]: delivery.fields["payload"].get("kind", "") for delivery in deliveries}
    assert got == expected
    assert sorted(delivery.fields["sequence"] for delivery in deliveries) == list(range(1, len(expected) + 1))
    if application in ("middleware", "dependency") and identity in VISIBLE:
        assert set(got.values()) - {""} == VISIBLE[identity]
    if application in ("not enforced", "legacy"):
        assert set(got.values()) - {""} == set(KINDS)


@pytest.mark.parametrize("kind", ["public", "private", "labelled", "tenant", "after an hour"])
def test_the_artifact_of_the_request_itself_is_withheld_by_the_same_rule(
    kind: str, applications: dict[str, tuple[Served, FlockRelay]], receiver: Receiver
) -> None:
    server, bridge = applications["middleware"]
    withheld = bridge.counts()["withheld"]
    visibility = KINDS[kind].model_dump(mode="json")
    body = {"type": "Piece", "payload": {"kind": kind}, "visibility": visibility, "webhook_url": receiver.url()}
    answer = server.client.post(ROUTE, json=body)
    assert answer.status_code == 200, answer.text
    expected = shown(server, answer.headers["x-flock-correlation-id"], "anonymous")
    assert bridge.flush(20) == 0
    assert len(receiver.wait(len(expected))) == len(expected)
    assert bridge.counts()["withheld"] - withheld == 1 - len(expected)


@pytest.mark.parametrize(
    ("visibility", "expected"), [("public", {"public"}), ("all", set(KINDS))], ids=["public", "all"]
)
def test_the_visibility_of_the_bridge_can_be_fixed(
    visibility: str, expected: set[str], relay: RelayProcess, receiver: Receiver
) -> None:
    bridge = FlockRelay(relay.socket, visibility=visibility)
    with Served(components_app(bridge)) as server:
        server.client.post(ROUTE, json={"type": "Spread", "payload": {}, "webhook_url": receiver.url()})
        deliveries = receiver.wait(1 + len(expected))
    assert {delivery.fields["payload"].get("kind", "") for delivery in deliveries} == expected | {""}
    bridge.close()


def test_the_rule_is_that_of_the_component_with_the_same_prefix(relay: RelayProcess, receiver: Receiver) -> None:
    """``flock.serve()`` adds an artifacts component of its own beside that of a user."""
    bridge = FlockRelay(relay.socket)
    lenient = ArtifactsComponent(
        name="lenient", config=ArtifactComponentConfig(prefix="/lenient/", enforce_visibility=False)
    )
    with Served(components_app(bridge, lenient)) as server:
        for route, path, count in ((ROUTE, "/strict", 0), ("/lenient/artifacts", "/lenient", 1)):
            body = {"type": "Piece", "payload": {"kind": "private"}, "webhook_url": receiver.url(path)}
            body["visibility"] = KINDS["private"].model_dump(mode="json")
            answer = server.client.post(route, json=body)
            workflow = answer.headers["x-flock-correlation-id"]
            assert len(server.client.get(route, params={"correlation_id": workflow}).json()["items"]) == count
            assert len(receiver.wait(count, path)) == count
        assert bridge.counts()["withheld"] == 1
    bridge.close()


def test_nothing_is_sent_if_the_identity_cannot_be_resolved(
    relay: RelayProcess, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenIdentity(IdentityMiddleware):
        def configure(self, app: FastAPI, orchestrator: Flock) -> None:
            @app.middleware("http")
            async def identify(request: Request, call_next):
                request.state.identity = {"labels": ["no name"]}
                return await call_next(request)

    bridge = FlockRelay(relay.socket)
    with Served(components_app(bridge, BrokenIdentity())) as server:
        body = {"type": "Piece", "payload": {"kind": "public"}, "webhook_url": receiver.url()}
        assert server.client.post(ROUTE, json=body).status_code == 200
    assert bridge.counts()["withheld"] == 1
    assert [record for record in caplog.records if "identity" in record.getMessage()]
    assert receiver.deliveries() == []
    bridge.close()


class Own(Visibility):
    """A kind of visibility of an application that forgot to say whom it allows."""

    kind: str = "Public"


def test_an_artifact_whose_visibility_fails_is_withheld(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with RecordingRelay(tmp_path / "events.sock") as relay:
        bridge = FlockRelay(relay.path)
        service = components_service(Flock(no_output=True), IdentityMiddleware())
        bridge.attach(service)
        service.configure()

        @service.app.post("/piece")
        async def publish(workflow: str) -> None:
            piece = Piece(kind="own")
            await service.orchestrator.publish(piece, visibility=Own(), correlation_id=workflow)

        with Served(service.app) as server:
            body = {"type": "Piece", "payload": {"kind": "public"}, "webhook_url": "http://example.com/"}
            workflow = server.client.post(ROUTE, json=body, headers=headers("named")).headers["x-flock-correlation-id"]
            assert server.client.post("/piece", params={"workflow": workflow}).status_code == 200
        assert bridge.counts()["withheld"] == 1
        assert [record for record in caplog.records if "visibility fails" in record.getMessage()]
        bridge.close()
