"""A healthy receiver that notes when each artifact arrived, and nothing else."""

from __future__ import annotations

import socket
import threading
import time

from behaviour import HEALTHY
from receiver import answer, read_request


class Receipts:
    """One port on loopback; answers 200."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._arrived: dict[tuple[str, str], float] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def wait_for(self, correlation_id: str, number: int, seconds: float) -> float:
        """When it arrived: seconds of the wall clock."""
        key = correlation_id, f"a{number}"
        with self._changed:
            if not self._changed.wait_for(lambda: key in self._arrived, seconds):
                raise RuntimeError(f"{key} did not arrive within {seconds} s")
            return self._arrived[key]

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                stream = connection.makefile("rb")
                while (request := read_request(stream, connection)) is not None:
                    at = time.time()
                    with self._changed:
                        key = request[1]["x-flock-correlation-id"], request[1]["x-flock-artifact-id"]
                        self._arrived.setdefault(key, at)
                        self._changed.notify_all()
                    answer(connection, HEALTHY)
            except OSError:
                return
