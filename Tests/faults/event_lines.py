"""Lines of a writer that reads acknowledgements."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from artifact import Artifact, secret


class EventLines:
    """One connection to the event socket. Not to be shared between threads."""

    def __init__(self, path: Path) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(30)
        self._connection.connect(str(path))
        self._replies = self._connection.makefile("rb")
        self._written = self._acknowledged = 0
        self.write({"type": "hello", "acks": True, "grace": False})

    def register(self, workflow: str, url: str, max_retries: int) -> None:
        self.write({"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url,
                    "webhook_secret": secret(workflow), "max_retries": max_retries})

    def publish(self, artifact: Artifact) -> None:
        self.write(artifact.line)

    def write(self, line: dict[str, object]) -> None:
        self._connection.sendall(json.dumps(line).encode() + b"\n")
        self._written += 1

    def wait(self) -> None:
        """Wait until everything is acknowledged. ``RuntimeError`` if a line is rejected, ``OSError`` without an answer."""
        while self._acknowledged < self._written:
            if not (line := self._replies.readline()):
                raise ConnectionResetError("the daemon closed the event socket")
            reply = json.loads(line)
            if "rejected" in reply:
                raise RuntimeError(f"a line was rejected: {reply}")
            self._acknowledged = reply["ack"]
