"""Writes artifacts at a steady rate, independent of their delivery."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from backlog import artifact, registration

BODY = 200
"""Approximate bytes of a payload."""


class SteadyLoad:
    """A connection without acknowledgements, and one workflow for each of its origins.

    Origins get artifacts in turn. The gaps between artifacts are random, as with many independent writers (a Poisson
    process): with constant gaps, two loads would always coincide or never.
    """

    def __init__(self, socket_path: Path, name: str, urls: list[str], pace: float, numbers: Iterator[int]) -> None:
        """``pace``: artifacts a second for each origin."""
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(socket_path))
        workflows = [f"{name}-{place}" for place in range(len(urls))]
        self._workflows = itertools.cycle(workflows)
        self._rate = pace * len(urls)
        self._chance = random.Random(name)
        self._numbers = numbers
        self.written: dict[int, float] = {}
        """Monotonic seconds at which each artifact's line was written."""
        self.latest = 0.0
        """Seconds by which the latest line was late."""
        for workflow, url in zip(workflows, urls):
            self._connection.sendall(registration(workflow, url) + b"\n")

    def run(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Write for this time, or until ``stop`` is set."""
        due = time.monotonic()
        end = due + seconds
        while (due := due + self._chance.expovariate(self._rate)) < end and not (stop and stop.is_set()):
            time.sleep(max(due - time.monotonic(), 0))
            self._write()
            self.latest = max(self.latest, time.monotonic() - due)

    def _write(self) -> None:
        number = next(self._numbers)
        now = datetime.now(timezone.utc).isoformat()
        line = artifact(next(self._workflows), number, BODY, now) + b"\n"
        self.written[number] = time.monotonic()
        self._connection.sendall(line)


class Background:
    """Runs a load during a ``with`` block."""

    def __init__(self, load: SteadyLoad) -> None:
        self._load = load

    def __enter__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._load.run, args=[float("inf"), self._stop], daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
