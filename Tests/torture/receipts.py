"""A healthy receiver that only records when each artifact arrived."""

from __future__ import annotations

import socket
import threading
import time

from behaviour import HEALTHY
from receiver import Listener, answer


class Receipts(Listener):
    """Answers 200."""

    def __init__(self) -> None:
        self._arrived: dict[tuple[str, str], float] = {}
        self._changed = threading.Condition()
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def wait_for(self, correlation_id: str, number: int, seconds: float) -> float:
        """The time of its arrival: seconds of the wall clock."""
        key = correlation_id, f"a{number}"
        with self._changed:
            if not self._changed.wait_for(lambda: key in self._arrived, seconds):
                raise RuntimeError(f"{key} did not arrive within {seconds} s")
            return self._arrived[key]

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        at = time.time()
        with self._changed:
            key = headers["x-flock-correlation-id"], headers["x-flock-artifact-id"]
            self._arrived.setdefault(key, at)
            self._changed.notify_all()
        return answer(connection, HEALTHY)
