"""Fixtures: a daemon whose receivers answer, fail, pause and hang."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from daemon import Daemon, eventually

HOSTILE_ID = "w/ü <script>\"'\u202e\x07" + "x" * 200
"""An id with everything that could disturb a reader."""


class Receiver:
    """Answers as the path says: ``/ok``, ``/flaky`` (the first attempt fails), ``/pause``, ``/hang``, else 500."""

    def __init__(self) -> None:
        self.ended = ended = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/hang":
                    ended.wait(60)
                is_first = self.headers["X-Flock-Attempt"] == "1"
                status = {"/ok": 200, "/flaky": 500 if is_first else 200, "/pause": 429}.get(self.path, 500)
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "60")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


def publish(events: Path, lines: list[dict[str, Any]]) -> None:
    """Write lines, and wait until they are acknowledged."""
    with socket.socket(socket.AF_UNIX) as writer:
        writer.settimeout(30)
        writer.connect(str(events))
        writer.sendall(b'{"type":"hello","acks":true,"grace":false}\n')
        writer.sendall("".join(json.dumps(line) + "\n" for line in lines).encode())
        replies = writer.makefile("rb")
        while (reply := json.loads(replies.readline())) != {"ack": len(lines) + 1}:
            assert "rejected" not in reply, reply


def registration(workflow: str, url: str, **more: object) -> dict[str, Any]:
    return {"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url, **more}


def artifact(workflow: str, name: str, kind: str = "shop.Order") -> dict[str, Any]:
    return {"correlation_id": workflow, "artifact_id": name, "artifact_type": kind, "produced_by": "agent",
            "timestamp": "2026-01-01T00:00:00Z", "payload": {}}


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Short, because a socket path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="fr-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="module", params=["sqlite", "memory"])
def busy(request: pytest.FixtureRequest, directory: Path) -> Iterator[Daemon]:
    """A daemon that has delivered, recovered and failed, and has an origin in each kind of trouble."""
    receivers = {name: Receiver() for name in ("ok", "pause", "hang")}
    place = directory / request.param
    place.mkdir()
    options = ["--ephemeral"] if request.param == "memory" else []
    with Daemon(
        place, "--timeout", "300ms", "--retry-max-retries", "2", "--retry-base-delay", "100ms",
        "--history-max-deliveries", "12", *options) as daemon:
        daemon.wait_until_ready()
        publish(place / "events.sock", [
            registration(HOSTILE_ID, receivers["ok"].url + "/ok", events=["artifact.created", "workflow.completed"]),
            *(artifact(HOSTILE_ID, f"{HOSTILE_ID[:200]}{number}", "<b>\u202e\x07") for number in range(5)),
            {"type": "workflow_completed", "correlation_id": HOSTILE_ID, "status": "succeeded"},
            registration("flaky", receivers["ok"].url + "/flaky"), *(artifact("flaky", f"a{n}") for n in range(3)),
            registration("bad", receivers["ok"].url + "/bad"), *(artifact("bad", f"a{n}") for n in range(3)),
        ])
        eventually("deliveries end", lambda: count(daemon, "delivered") == 9 and count(daemon, "failed") == 3)
        publish(place / "events.sock", [
            registration("pause", receivers["pause"].url + "/pause", max_retries=100), artifact("pause", "a"),
            registration("hang", receivers["hang"].url + "/hang", max_retries=100), artifact("hang", "a"),
        ])
        eventually("origins are in trouble", lambda: troubled(daemon))
        eventually("the second with the deliveries is over", lambda: has_samples(daemon))
        yield daemon
    for each in receivers.values():
        each.stop()


def count(daemon: Daemon, name: str) -> int:
    return int(daemon.status.get("/status")[1]["deliveries"][name])


def troubled(daemon: Daemon) -> bool:
    origins = daemon.status.get("/status")[1]["origins"]
    return len(origins) == 2 and origins[0]["state"] == "hanging" and "paused_until" in origins[1]


def has_samples(daemon: Daemon) -> bool:
    return any(sample["delivered"] for sample in daemon.status.get("/history")[1]["samples"])
