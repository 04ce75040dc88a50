"""A writer that reads no replies: its lines may be dropped, but its writes must never hang."""

from __future__ import annotations

import random
import socket
import threading
import time
from pathlib import Path

from oracle import Oracle
from workload import Workflow, payload, publish


class PlainWriter(threading.Thread):
    """Publishes into its own workflows, each line with its registration, ``pace`` lines a second."""

    def __init__(self, path: Path, oracle: Oracle, seed: str, port: int, pace: float, size: int = 200) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._oracle = oracle
        self._chance = random.Random(f"{seed} plain")
        self._port = port
        self._size = size
        self._stopped = threading.Event()
        self.pace = pace
        self._writing_since: float | None = None
        self._max_wait = 0.0

    @property
    def max_wait(self) -> float:
        """Maximum seconds of a write, the current one included."""
        since = self._writing_since
        return max(self._max_wait, time.monotonic() - since if since is not None else 0)

    def forget_waits(self) -> None:
        self._max_wait = 0

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join(10)

    def run(self) -> None:
        connection: socket.socket | None = None
        count = 0
        while not self._stopped.wait(1 / self.pace):
            if count % 40 == 0:
                workflow = Workflow(f"p{count // 40}", f"plain {count // 40}", False, "flat")
                self._oracle.add(workflow)
                registration = workflow.register(self._port, "plain secret", 3)
            count += 1
            artifact, line = publish(
                workflow, f"p-{count}", -1, count, payload(self._chance, self._size), self._chance, registration)
            self._oracle.expect(artifact)
            try:
                if connection is None:
                    connection = socket.socket(socket.AF_UNIX)
                    connection.connect(str(self._path))
                self._write(connection, line + b"\n")
            except OSError:
                if connection is not None:
                    connection.close()
                connection = None

    def _write(self, connection: socket.socket, line: bytes) -> None:
        self._writing_since = time.monotonic()
        try:
            connection.sendall(line)
        finally:
            self._max_wait = self.max_wait
            self._writing_since = None
