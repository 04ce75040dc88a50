"""A socket in place of the relay's, for tests of the lines that the bridge writes."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self


class LineRecorder:
    """An event socket that acknowledges every line and keeps it with its time. A context manager."""

    def __init__(self, path: Path, *, delay: float = 0) -> None:
        """``delay``: seconds before each acknowledgement."""
        self.path = path
        self._delay = delay
        self.seen: list[tuple[float, dict[str, Any]]] = []
        """The lines so far, each with the time at which it was read."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(os.fspath(path))
        self._listener.listen()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait_for(self, kind: str, workflow: str, *, timeout: float = 30) -> None:
        """Wait for a control line of this type for ``workflow``; fails after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not any(line.get("type") == kind for line in self.of(workflow)):
            assert time.monotonic() < deadline, f"no {kind} of {workflow} after {timeout} s"
            time.sleep(0.005)

    def of(self, workflow: str) -> list[dict[str, Any]]:
        """The lines of ``workflow`` so far."""
        return [line for _, line in list(self.seen) if line.get("correlation_id") == workflow]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            for number, line in enumerate(lines, 1):
                self.seen.append((time.monotonic(), json.loads(line)))
                time.sleep(self._delay)
                connection.sendall(b'{"ack":%d}\n' % number)
