"""The daemon reports its state to the service manager, for as long as it works: sd_notify(3)."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import Daemon, NotifySocket, eventually

INTERVAL = 1.5
"""Seconds within which the service manager expects a message."""


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, directory: Path) -> Iterator[NotifySocket]:
    address = str(directory / "notify.sock") if request.param == "path" else f"@{directory.name}"
    notify = NotifySocket(address)
    yield notify
    notify.close()


def start(directory: Path, manager: NotifySocket, *options: str) -> Daemon:
    watchdog = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(int(INTERVAL * 1_000_000))}
    return Daemon(directory, *options, environment=watchdog)


def test_ready_status_watchdog_and_stopping(directory: Path, manager: NotifySocket) -> None:
    with start(directory, manager) as daemon:
        eventually("READY", lambda: "READY=1" in manager.read())
        assert daemon.is_ready()
        eventually("three reports", lambda: manager.read().count("WATCHDOG=1") >= 3)
        assert "STATUS=0 deliveries pending" in manager.read()
        assert "STOPPING=1" not in manager.read()
        daemon.send(signal.SIGTERM)
        assert daemon.wait() == 0
        assert manager.read()[-1] == "STOPPING=1"


def test_a_stopped_daemon_misses_its_watchdog(directory: Path, manager: NotifySocket) -> None:
    with start(directory, manager) as daemon:
        eventually("a report", lambda: "WATCHDOG=1" in manager.read())
        daemon.send(signal.SIGSTOP)
        eventually("no report within the interval", lambda: manager.since_last("WATCHDOG=1") > INTERVAL)
        daemon.send(signal.SIGCONT)
        eventually("reports again", lambda: manager.since_last("WATCHDOG=1") < INTERVAL / 2)


def test_a_start_that_fails_is_never_ready(directory: Path, manager: NotifySocket) -> None:
    with start(directory, manager, "--ca-file", str(directory / "none")) as daemon:
        assert daemon.wait() == 78
        assert manager.read() == []


def test_another_process_is_watched(directory: Path, manager: NotifySocket) -> None:
    """With the watchdog of another process, the daemon only shows its status."""
    variables = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"}
    with Daemon(directory, environment=variables) as daemon:
        eventually("READY", lambda: "READY=1" in manager.read())
        eventually("a status line", lambda: any(text.startswith("STATUS=") for text in manager.read()))
        daemon.send(signal.SIGTERM)
        assert daemon.wait() == 0


def test_a_manager_that_does_not_read_blocks_nothing(directory: Path, manager: NotifySocket) -> None:
    """The queue of a datagram socket holds few messages; further ones are lost."""
    variables = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "30000"}
    with Daemon(directory, environment=variables) as daemon:
        daemon.wait_until_ready()
        eventually("the queue is full", lambda: len(manager.messages) == 0 and is_full(manager))
        assert daemon.is_ready()
        daemon.send(signal.SIGTERM)
        assert daemon.wait() == 0


def is_full(manager: NotifySocket) -> bool:
    """Whether a message to the manager would block."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        address = manager.address
        probe.sendto(b"X_PROBE=1", socket.MSG_DONTWAIT, "\0" + address[1:] if address.startswith("@") else address)
        return False
    except BlockingIOError:
        return True
    finally:
        probe.close()
