"""Sockets that the service manager binds and passes to the daemon: sd_listen_fds(3)."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
from pathlib import Path

from conftest import Receiver
from daemon import Daemon, eventually


def listening(path: Path) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(path))
    bound.listen(1_024)
    return bound


def lines(url: str, workflow: str, artifact: str) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in [
        {"type": "hello", "acks": True, "grace": False},
        {"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url},
        {"correlation_id": workflow, "artifact_id": artifact, "artifact_type": "Draft", "produced_by": "agent",
         "timestamp": "2026-01-01T00:00:00Z", "payload": {}},
    ]).encode()


def publish(path: Path, url: str, artifact: str) -> None:
    """Write a registration and an artifact, and wait until both are acknowledged. ``OSError`` if that fails."""
    with socket.socket(socket.AF_UNIX) as writer:
        writer.settimeout(15)
        writer.connect(str(path))
        writer.sendall(lines(url, "w-" + artifact, artifact))
        replies = b""
        while b'{"ack":3}\n' not in replies:
            received = writer.recv(4096)
            if not received:
                raise ConnectionResetError("the connection ended without an acknowledgement")
            replies += received


def test_adopted_sockets(directory: Path, receiver: Receiver) -> None:
    """The daemon serves on them, takes no lock for them, and leaves their files."""
    events, status = directory / "events.sock", directory / "status.sock"
    with listening(events) as first, listening(status) as second:
        with Daemon(directory, sockets={"status": second, "events": first}) as daemon:
            daemon.wait_until_ready()
            publish(events, receiver.url, "a1")
            eventually("the artifact arrives", lambda: receiver.arrived == ["a1"])
            daemon.send(signal.SIGTERM)
            assert daemon.wait() == 0
        assert events.exists() and status.exists()
        assert not events.with_name("events.sock.lock").exists()


def test_an_upgrade_rejects_no_writer(directory: Path, receiver: Receiver) -> None:
    """Writers connect all the time while the daemon is restarted five times; each of them is acknowledged."""
    path, failures, published = directory / "events.sock", list[str](), list[str]()
    stopped = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not stopped.is_set():
            artifact = f"{writer}-{number}"
            try:
                publish(path, receiver.url, artifact)
            except ConnectionError as error:
                # A connection that the old daemon had accepted ends with it; the writer sends its lines again.
                if "without an acknowledgement" not in str(error) and not isinstance(error, (ConnectionResetError, BrokenPipeError)):
                    failures.append(repr(error))
                continue
            except OSError as error:
                failures.append(repr(error))
                continue
            published.append(artifact)
            number += 1

    with listening(path) as events:
        threads = [threading.Thread(target=write, args=[writer]) for writer in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(5):
                with Daemon(directory, sockets={"events": events}) as daemon:
                    daemon.wait_until_ready()
                    before = len(published)
                    eventually("writers are acknowledged", lambda: len(published) > before + 20)
                    daemon.send(signal.SIGTERM)
                    assert daemon.wait() == 0
            stopped.set()
            with Daemon(directory, sockets={"events": events}) as daemon:
                for thread in threads:
                    thread.join(20)
                eventually("every acknowledged artifact arrives", lambda: set(published) <= set(receiver.arrived))
        finally:
            stopped.set()
    assert failures == []


def test_systemd_socket_activate(directory: Path, receiver: Receiver) -> None:
    path = directory / "events.sock"
    activate = ["systemd-socket-activate", "--listen", str(path), "--fdname", "events"]
    with Daemon(directory, before=activate) as daemon:
        eventually("the socket is there", path.exists)
        publish(path, receiver.url, "a1")
        eventually("the artifact arrives", lambda: receiver.arrived == ["a1"])
        daemon.send(signal.SIGTERM)
        assert daemon.wait() == 0


def test_a_socket_with_another_name_stops_the_start(directory: Path) -> None:
    with listening(directory / "x.sock") as other, Daemon(directory, sockets={"web": other}) as daemon:
        assert daemon.wait() == 78
        assert '"web"' in daemon.text() and "events or status" in daemon.text()


def test_a_socket_that_does_not_listen_stops_the_start(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as idle, Daemon(directory, sockets={"events": idle}) as daemon:
        assert daemon.wait() == 78
        assert "not a listening Unix stream socket" in daemon.text()


def test_sockets_for_another_process_are_ignored(directory: Path) -> None:
    variables = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "events"}
    with Daemon(directory, environment=variables) as daemon:
        daemon.wait_until_ready()


def test_the_units_are_valid(directory: Path) -> None:
    """systemd-analyze knows every setting of the units."""
    units = Path(__file__).parents[2] / "deploy" / "systemd"
    program = directory / "flock-relay"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in units.glob("flock-relay.*"):
        text = unit.read_text().replace("ExecStart=flock-relay", f"ExecStart={program}")
        (directory / unit.name).write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", *map(str, directory.glob("flock-relay.*t")), str(directory / "flock-relay.service")],
        capture_output=True, text=True)
    complaints = [line for line in found.stderr.splitlines() if "flock-relay" in line]
    assert complaints == []
