"""A Unix-socket proxy between bridge and relay that keeps every line the bridge writes.

It can also simulate a relay that is absent or hangs.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from pathlib import Path
from typing import Self


class RecordingProxy:
    """Listens at ``path`` and forwards each connection to ``upstream``. A context manager.

    ``absent()`` removes the socket, ``hang()`` accepts and never reads,
    ``forward(upstream)`` connects again. Each change closes all connections.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._upstream: Path | None = None
        self._changed = threading.Condition()
        self._recorded: list[bytes] = []
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stop_reader, self._stop_writer = socket.socketpair()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.absent()

    def forward(self, upstream: Path) -> None:
        """Connect the bridge with the relay at ``upstream``."""
        self._restart(upstream)

    def hang(self) -> None:
        """Accept connections of the bridge, and never read."""
        self._restart(None)

    def absent(self) -> None:
        """Remove the socket."""
        if self._thread is None:
            return
        self._stop_writer.send(b"\0")
        self._thread.join()
        self._stop_reader.recv(1)
        self._thread = None
        self.path.unlink()

    def lines(self) -> list[bytes]:
        """Every whole line the bridge has written, without its LF."""
        with self._changed:
            return list(self._recorded)

    def wait_for_lines(self, count: int, containing: bytes, *, timeout: float = 30) -> list[bytes]:
        """Wait for ``count`` lines that contain ``containing``, and return them."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [line for line in self._recorded if containing in line]
                if len(found) >= count:
                    return found
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{len(found)} lines of {count} after {timeout} s")

    def _restart(self, upstream: Path | None) -> None:
        self.absent()
        self._upstream = upstream
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.fspath(self.path))
        listener.listen(16)
        self._thread = threading.Thread(target=self._serve, args=(listener, upstream), daemon=True)
        self._thread.start()

    def _serve(self, listener: socket.socket, upstream: Path | None) -> None:
        stop = self._stop_reader
        pairs: dict[socket.socket, socket.socket] = {}  # Maps each side of a connection to the other.
        bridges: dict[socket.socket, bytes] = {}  # The bridge's side, with its unfinished line.
        hanging: list[socket.socket] = []
        try:
            while True:
                ready, _, _ = select.select([stop, listener, *pairs], [], [])
                if stop in ready:
                    return
                if listener in ready:
                    bridge, _ = listener.accept()
                    if upstream is None:
                        hanging.append(bridge)
                        continue
                    relay = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    try:
                        relay.connect(os.fspath(upstream))
                    except OSError:
                        relay.close()
                        bridge.close()
                        continue
                    pairs[bridge], pairs[relay] = relay, bridge
                    bridges[bridge] = b""
                for side in ready:
                    if side is listener or side not in pairs:
                        continue
                    if not self._pass_on(side, pairs[side], bridges, stop):
                        other = pairs.pop(side)
                        pairs.pop(other, None)
                        for end in (side, other):
                            bridges.pop(end, None)
                            end.close()
        finally:
            listener.close()
            for end in (*pairs, *hanging):
                end.close()

    def _pass_on(
        self,
        source: socket.socket,
        target: socket.socket,
        bridges: dict[socket.socket, bytes],
        stop: socket.socket,
    ) -> bool:
        """Forward what has arrived; False at the end of the connection."""
        try:
            data = source.recv(65536)
            if data and source in bridges:
                *lines, bridges[source] = (bridges[source] + data).split(b"\n")
                with self._changed:
                    self._recorded += lines
                    self._changed.notify_all()
            rest = memoryview(data)
            while rest:
                # A relay that does not read blocks this loop; a stop must still end it.
                ready, _, _ = select.select([stop], [target], [])
                if ready:
                    return False
                rest = rest[target.send(rest, socket.MSG_DONTWAIT) :]
        except OSError:
            return False
        return bool(data)
