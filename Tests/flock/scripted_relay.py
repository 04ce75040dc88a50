"""Relays for tests: one that a test controls step by step, and one that acknowledges everything."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

DEADLINE = 20.0
"""Seconds to wait for an expected event."""


class ScriptedRelay:
    """A listening socket that the test controls step by step."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(8)
        self._listener.settimeout(DEADLINE)

    def accept(self) -> ScriptedConnection:
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE)
        return ScriptedConnection(connection)

    def close(self) -> None:
        self._listener.close()
        self.path.unlink()


class ScriptedConnection:
    """One connection from the bridge."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")

    def read(self, count: int) -> list[bytes]:
        return [self._reader.readline() for _ in range(count)]

    def say(self, **reply: object) -> None:
        self._connection.sendall(json.dumps(reply).encode() + b"\n")

    def close(self) -> None:
        self._reader.close()
        self._connection.close()


class RecordingRelay:
    """Accepts connections at ``path``, acknowledges every line, and keeps it. A context manager."""

    def __init__(self, path: Path, *, delay: float = 0) -> None:
        """``delay``: seconds before each acknowledgement."""
        self.path = path
        self.arrivals: list[tuple[float, dict[str, Any]]] = []
        """The lines so far, except hello, each with the time of the monotonic clock at which it was read."""
        self._delay = delay
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink()

    def lines(self, **fields: object) -> list[dict[str, Any]]:
        """The lines so far, except hello, that have these fields."""
        with self._changed:
            return self._with(fields)

    def wait(self, count: int, **fields: object) -> list[dict[str, Any]]:
        """Wait for ``count`` lines that have these fields."""
        deadline = time.monotonic() + DEADLINE
        with self._changed:
            while len(found := self._with(fields)) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} lines of {count} after {DEADLINE} s"
                self._changed.wait(left)
            return found

    def _with(self, fields: dict[str, object]) -> list[dict[str, Any]]:
        return [line for _, line in self.arrivals if line.items() >= fields.items()]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            for number, line in enumerate(reader, start=1):
                fields = json.loads(line)
                if fields.get("type") != "hello":
                    with self._changed:
                        self.arrivals.append((time.monotonic(), fields))
                        self._changed.notify_all()
                time.sleep(self._delay)
                connection.sendall(b'{"ack":%d}\n' % number)
