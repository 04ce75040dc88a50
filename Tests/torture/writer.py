"""A writer that reads acknowledgements, and re-sends unacknowledged lines on a new connection."""

from __future__ import annotations

import json
import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from author import Author, Item
from oracle import Oracle

MOST_UNACKNOWLEDGED = 300
"""Maximum of lines without acknowledgement."""


class Writer(threading.Thread):
    """Writes the lines of its author while it has a budget; breaks its connection now and then."""

    def __init__(
        self, path: Path, author: Author, oracle: Oracle, chance: random.Random, *, grace: bool,
        breaks: float = 0.01, on_ack: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._author = author
        self._oracle = oracle
        self._chance = chance
        self._breaks = breaks
        self._on_ack = on_ack
        self._hello = json.dumps({"type": "hello", "acks": True, "grace": grace}).encode()
        self._unacknowledged: deque[Item] = deque()
        self._connection: socket.socket | None = None
        self._stopped = threading.Event()
        self.budget = 0
        """Lines that may still be written."""
        self.acknowledged_at = 0.0
        """Monotonic seconds of the last acknowledgement of a new line."""

    # State of the current connection.
    _out = b""
    _in = b""
    _sent = 1
    _whole: int | None = None
    """The last complete line, once the connection is being broken."""
    _acknowledged = 1
    _rejected: frozenset[int] = frozenset()

    @property
    def is_idle(self) -> bool:
        """Nothing is left to write, and everything is acknowledged."""
        return self.budget <= 0 and not self._unacknowledged

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join(10)

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._step()
            except OSError:
                self._disconnect()
                time.sleep(self._chance.uniform(0.005, 0.03))
        self._disconnect()

    def _step(self) -> None:
        if self._connection is None:
            self._connect()
        if self.budget > 0 and len(self._unacknowledged) < MOST_UNACKNOWLEDGED:
            for _ in range(self._chance.choice([1, 1, 2, 5, 20])):
                self._write(self._author.next_items())
            if self._chance.random() < self._breaks:
                self._break()
                return
        self._exchange(self._chance.choice([0, 0.002, 0.02]) if self.budget > 0 else 0.05)

    # Connection

    def _connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._path))
        connection.setblocking(False)
        self._connection = connection
        self._sent = self._acknowledged = 1
        self._whole = None
        self._rejected = frozenset()
        self._in = b""
        self._out = self._hello + b"\n" + b"".join(item.line + b"\n" for item in self._unacknowledged)
        self._sent += len(self._unacknowledged)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _break(self) -> None:
        """End the connection within a line, at once or after reading all replies."""
        before, lines = len(self._out), self._sent
        self._write(self._author.next_items())
        if self._sent == lines:
            return
        cut = self._chance.randrange(before, len(self._out))
        self._whole = lines + self._out.count(b"\n", before, cut)
        self._out = self._out[:cut]
        deadline = time.monotonic() + 0.3
        while self._out and time.monotonic() < deadline:
            self._exchange(0.05)
        assert self._connection is not None
        if self._chance.random() < 0.5:
            self._connection.shutdown(socket.SHUT_WR)
            while time.monotonic() < deadline:
                self._exchange(0.05)
        self._disconnect()

    # Lines

    def _write(self, items: list[Item]) -> None:
        self._unacknowledged.extend(items)
        self._sent += len(items)
        self._out += b"".join(item.line + b"\n" for item in items)
        self.budget -= len(items)

    def _exchange(self, seconds: float) -> None:
        """Write and read what is possible within ``seconds``. ``OSError`` if the connection has ended."""
        connection = self._connection
        assert connection is not None
        readable, writable, _ = select.select([connection], [connection] if self._out else [], [], seconds)
        if writable:
            self._out = self._out[connection.send(self._out[:65_536]) :]
        if readable:
            received = connection.recv(65_536)
            if not received:
                raise ConnectionResetError
            *lines, self._in = (self._in + received).split(b"\n")
            for line in lines:
                self._take(json.loads(line))

    def _take(self, reply: dict[str, object]) -> None:
        if (number := reply.get("rejected")) is not None:
            self._rejected |= {number}
        elif isinstance(number := reply.get("ack"), int):
            self._acknowledge(number)
        else:
            self._oracle.violation(f"an unknown reply: {reply}")

    def _acknowledge(self, number: int) -> None:
        if number > self._sent:
            self._oracle.violation(f"{self.name}: ack of line {number}, but only {self._sent} were written")
        if number < self._acknowledged:
            self._oracle.violation(f"{self.name}: ack of line {number} after that of {self._acknowledged}")
        if self._whole is not None:
            number = min(number, self._whole)
        while self._acknowledged < number and self._unacknowledged:
            self._acknowledged += 1
            item = self._unacknowledged.popleft()
            if item.is_bad != (self._acknowledged in self._rejected):
                what = "not rejected" if item.is_bad else "rejected"
                self._oracle.violation(f"{self.name}: line {item.line[:300]!r} was {what}")
            self._oracle.lines += 1
            if item.artifact is not None:
                item.artifact.acknowledged = True
        self.acknowledged_at = time.monotonic()
        self._oracle.moments["ack"].set()
        self._on_ack()
