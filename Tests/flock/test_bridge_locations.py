"""Where the bridge looks for the relay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flock_relay.locations import candidates, is_trustworthy, locate


def test_an_explicit_path_is_the_only_candidate() -> None:
    assert candidates("/a/b.sock", {"FLOCK_RELAY_SOCKET": "/c"}) == [Path("/a/b.sock")]


def test_the_environment_variable_is_the_only_candidate() -> None:
    assert candidates(None, {"FLOCK_RELAY_SOCKET": "/c", "RUNTIME_DIRECTORY": "/r"}) == [Path("/c")]


def test_a_leading_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/u")
    assert candidates("~/a.sock", {}) == [Path("/home/u/a.sock")]
    assert candidates(None, {"FLOCK_RELAY_SOCKET": "~/a.sock"}) == [Path("/home/u/a.sock")]
    assert candidates("./~/a.sock", {}) == [Path("./~/a.sock")]


def test_default_candidates_have_the_relays_order() -> None:
    environment = {"RUNTIME_DIRECTORY": "/run/one:/run/two", "XDG_RUNTIME_DIR": "/run/user/7"}
    assert [str(path) for path in candidates(None, environment)] == [
        "/run/one/events.sock",
        "/run/flock-relay/events.sock",
        "/run/user/7/flock-relay/events.sock",
        f"/tmp/flock-relay-{os.getuid()}/events.sock",
    ]
    assert len(candidates(None, {})) == 2


@pytest.fixture
def temporary_directory():
    directory = Path(f"/tmp/flock-relay-test-{os.getpid()}")
    directory.mkdir(mode=0o700)
    yield directory
    directory.rmdir()


def test_a_directory_in_tmp_must_be_private(temporary_directory: Path) -> None:
    socket = temporary_directory / "events.sock"
    assert is_trustworthy(socket)
    temporary_directory.chmod(0o755)
    assert not is_trustworthy(socket)


def test_a_link_in_tmp_is_not_followed(temporary_directory: Path) -> None:
    link = temporary_directory.with_name(temporary_directory.name + "-link")
    link.symlink_to(temporary_directory)
    try:
        assert not is_trustworthy(link / "events.sock")
    finally:
        link.unlink()


def test_directories_outside_tmp_are_trusted() -> None:
    assert is_trustworthy(Path("/run/flock-relay/events.sock"))
    assert not is_trustworthy(Path("/tmp/flock-relay-absent/events.sock"))


def test_the_status_socket_is_beside_the_event_socket_unless_it_is_chosen() -> None:
    assert locate("/a/b.sock", None, {}).status == [Path("/a/status.sock")]
    assert locate("/a/b.sock", "/c/d.sock", {"FLOCK_RELAY_STATUS_SOCKET": "/e"}).status == [Path("/c/d.sock")]
    assert locate(None, None, {"FLOCK_RELAY_STATUS_SOCKET": "/e"}).status == [Path("/e")]
    assert locate(None, None, {}).status[0] == Path("/run/flock-relay/status.sock")
