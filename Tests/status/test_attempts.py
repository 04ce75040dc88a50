"""The lines of /attempts are what docs/schemas/attempt.schema.json says, and /attempts ends with the relay."""

from __future__ import annotations

import json
import signal
import socket
from http.client import HTTPConnection
from pathlib import Path

from conftest import HOSTILE_ID, artifact, publish, registration
from daemon import Daemon
from schemas import Schema, fields_of


class UnixConnection(HTTPConnection):
    """HTTP over a Unix-domain socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("relay", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


def test_lines_are_as_the_schema_says(busy: Daemon) -> None:
    events = busy.directory / "events.sock"
    connection = UnixConnection(busy.directory / "status.sock")
    connection.request("GET", "/attempts")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.getheader("Content-Type") == "application/x-ndjson"
    url = busy.status.get("/correlations/flaky")[1]["origin"]
    traced = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    publish(events, [
        registration("followed", f"{url}/flaky"), {**artifact("followed", f"{HOSTILE_ID[:200]}z"), **traced},
        registration("failing", f"{url}/bad"), artifact("failing", "a"),
    ])
    schema = Schema("attempt")
    shown: set[str] = set()
    ended = 0
    while ended < 2:
        line = answer.readline().strip()
        if not line:
            continue
        attempt = json.loads(line)
        assert schema.problems(attempt) == []
        shown |= set(fields_of(attempt))
        ended += attempt["correlation_id"] in ("followed", "failing") and attempt["outcome"] != "retry"
    assert shown == schema.fields() - {"missed"}
    busy.send(signal.SIGTERM)
    assert all(not line.strip() or schema.problems(json.loads(line)) == [] for line in answer)
