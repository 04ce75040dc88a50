"""A daemon with a load, measured in blocks of time."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from pathlib import Path

from arrivals import Arrivals
from metrics import by_label
from relay import Relay
from steady_load import Background, SteadyLoad

MAX_WAIT = 30.0
"""Seconds after which an artifact for a healthy receiver counts as lost, or a busy daemon as failed."""

REST = 10
"""Attempts a second that do not disturb other measurements."""


class MeasuredDaemon:
    """Measures latency from just before a line is written until its request has arrived at a healthy receiver."""

    def __init__(
        self, binary: Path, directory: Path, arrivals: Arrivals, healthy: list[str], others: list[str], pace: float,
        others_pace: float, numbers: Iterator[int],
    ) -> None:
        directory.mkdir()
        self.relay = Relay(binary, directory, directory / "state")
        self.relay.start()
        self._arrivals = arrivals
        self._healthy = SteadyLoad(self.relay.socket, "healthy", healthy, pace, numbers)
        self._others = SteadyLoad(self.relay.socket, "other", others, others_pace, numbers) if others else None

    @property
    def latest(self) -> float:
        """Seconds by which the latest line for a healthy receiver was late."""
        return self._healthy.latest

    def warm_up(self, seconds: float) -> None:
        """Load for the healthy receivers only."""
        self._healthy.run(seconds)

    def block(self, lead: float, seconds: float) -> list[float]:
        """Load for ``lead`` and ``seconds``; milliseconds of each artifact of the latter, infinite if it is lost."""
        with Background(self._others) if self._others else contextlib.nullcontext():
            self._healthy.run(lead)
            self._healthy.written.clear()
            self._healthy.run(seconds)
            return self._latencies()

    def _latencies(self) -> list[float]:
        """Wait for all artifacts; the load for the other receivers continues meanwhile."""
        deadline, moments = time.monotonic() + MAX_WAIT, self._arrivals.moments
        found = []
        for number, written in self._healthy.written.items():
            while moments[number] == 0 and time.monotonic() < deadline:
                time.sleep(0.001)
            found.append((moments[number] - written) * 1000 if moments[number] else math.inf)
        return found

    def errors(self) -> dict[str, int]:
        """Failed attempts so far, by class."""
        found = by_label(self.relay.directory / "status.sock", "flock_relay_attempt_errors_total")
        return {error: int(count) for error, count in found.items()}

    def settle(self) -> None:
        """Wait until the daemon makes hardly any attempts; ``RuntimeError`` if that takes too long."""
        deadline, before = time.monotonic() + MAX_WAIT, self._attempts()
        while True:
            time.sleep(1)
            now = self._attempts()
            if now - before <= REST:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{now - before} attempts a second, {MAX_WAIT:.0f} s after the load has ended")
            before = now

    def _attempts(self) -> int:
        """Attempts that have ended so far."""
        return self.relay.status.get("/status")[1]["attempts"]
