"""Fixtures: a short directory for sockets, and a receiver."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, because a socket path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="fr-", dir="/tmp") as name:
        yield Path(name)


class Receiver:
    """Answers 200, and keeps the artifact ids that arrive."""

    def __init__(self) -> None:
        arrived = self.arrived = list[str]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                arrived.append(self.headers["X-Flock-Artifact-Id"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()
