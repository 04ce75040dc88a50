"""Relays for tests: one that a test controls step by step, and one that acknowledges everything."""

from __future__ import annotations

import json
import socket
import threading
import time
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

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[dict[str, Any]] = []
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
            return [line for line in self._lines if line.items() >= fields.items()]

    def wait(self, count: int, **fields: object) -> list[dict[str, Any]]:
        """Wait for ``count`` lines that have these fields."""
        deadline = time.monotonic() + DEADLINE
        with self._changed:
            while len(found := [line for line in self._lines if line.items() >= fields.items()]) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} lines of {count} after {DEADLINE} s"
                self._changed.wait(left)
            return found

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            for number, line in enumerate(reader, start=1):
                fields = json.loads(line)
                if fields.get("type") != "hello":
                    with self._changed:
                        self._lines.append(fields)
                        self._changed.notify_all()
                try:
                    connection.sendall(b'{"ack":%d}\n' % number)
                except OSError:
                    return
