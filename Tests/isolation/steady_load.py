"""Artifacts at an even pace, whatever becomes of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from backlog import artifact, registration

BODY = 200
"""Bytes of a payload, about."""


class SteadyLoad:
    """A connection without acknowledgements, and one workflow for each of its origins, which take turns."""

    def __init__(self, socket_path: Path, name: str, urls: list[str], pace: float, numbers: Iterator[int]) -> None:
        """``pace``: artifacts a second for each origin."""
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(socket_path))
        self._workflows = [f"{name}-{place}" for place in range(len(urls))]
        self._interval = 1 / (pace * len(urls)) if urls else 0
        self._numbers = numbers
        self.written: dict[int, float] = {}
        """Monotonic seconds at which each artifact's line was handed over."""
        self.latest = 0.0
        """Seconds by which the most belated line missed its time."""
        for workflow, url in zip(self._workflows, urls):
            self._connection.sendall(registration(workflow, url) + b"\n")

    def run(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Write for so long, or until it is told to stop."""
        begun, count = time.monotonic(), 0
        while count * self._interval < seconds and not (stop and stop.is_set()):
            due = begun + count * self._interval
            time.sleep(max(due - time.monotonic(), 0))
            self._write(self._workflows[count % len(self._workflows)])
            self.latest = max(self.latest, time.monotonic() - due)
            count += 1

    def _write(self, workflow: str) -> None:
        number = next(self._numbers)
        line = artifact(workflow, number, BODY) + b"\n"
        self.written[number] = time.monotonic()
        self._connection.sendall(line)


class Background:
    """Runs a load beside what happens in a ``with`` block."""

    def __init__(self, load: SteadyLoad) -> None:
        self._load = load

    def __enter__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._load.run, args=[float("inf"), self._stop], daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
