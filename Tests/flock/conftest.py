"""Fixtures: the relay under test, and one Flock server for each stack, shared by the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import environment  # noqa: F401  Before flock.
from processes import FlockServer, RelayProcess
from proxy import RecordingProxy
from receiver import Receiver


@pytest.fixture(scope="session")
def relay_binary() -> str:
    """The flock-relay under test."""
    binary = os.environ.get("FLOCK_RELAY")
    if not binary:
        pytest.fail("Set FLOCK_RELAY to the flock-relay executable to test.")
    return binary


@pytest.fixture(scope="session")
def relay(relay_binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    """One relay for all tests that do not stop it."""
    with RelayProcess(relay_binary, tmp_path_factory.mktemp("relay")) as process:
        yield process


@pytest.fixture
def own_relay(relay_binary: str, tmp_path: Path) -> Iterator[RelayProcess]:
    """A relay for a single test, which may freeze or kill it."""
    with RelayProcess(relay_binary, tmp_path) as process:
        yield process


@contextmanager
def _servers(directory: Path, *options: str) -> Iterator[dict[str, FlockServer]]:
    """One Flock server for each stack, each with its own proxy; started in parallel."""
    with ExitStack() as running:
        servers: dict[str, FlockServer] = {}
        for stack in ("components", "legacy"):
            proxy = running.enter_context(RecordingProxy(directory / f"{stack}.sock"))
            servers[stack] = FlockServer(stack, proxy, *options)
            servers[stack].launch()
            running.push(servers[stack])
        for server in servers.values():
            server.wait_until_started()
        yield servers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FlockServer]]:
    """The Flock servers most tests share."""
    with _servers(tmp_path_factory.mktemp("flock")) as running:
        yield running


@pytest.fixture(scope="module")
def timer_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FlockServer]]:
    """Flock servers with a scheduled agent; separate, because /sync never completes with one."""
    with _servers(tmp_path_factory.mktemp("timer"), "--timer") as running:
        yield running


@pytest.fixture(params=["components", "legacy"])
def server(request: pytest.FixtureRequest, servers: dict[str, FlockServer]) -> Iterator[FlockServer]:
    """A shared Flock server of each stack, for tests that choose their own relay."""
    chosen = servers[request.param]
    yield chosen
    chosen.proxy.absent()


@dataclass(frozen=True)
class Endpoint:
    """One way to publish: a server and the path of its route."""

    server: FlockServer
    route: str


@pytest.fixture(params=["components-async", "legacy-async", "legacy-sync"])
def endpoint(
    request: pytest.FixtureRequest, servers: dict[str, FlockServer], relay: RelayProcess
) -> Iterator[Endpoint]:
    """Each publish route of each stack, its bridge connected with the shared relay."""
    stack, mode = request.param.split("-")
    server = servers[stack]
    server.proxy.forward(relay.socket)
    yield Endpoint(server, "/api/v1/artifacts/sync" if mode == "sync" else "/api/v1/artifacts")
    server.proxy.absent()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook receiver for a single test."""
    with Receiver() as running:
        yield running
