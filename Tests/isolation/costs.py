"""Processor time of each process."""

from __future__ import annotations

import os
import time

from processes import cpu_seconds
from relay import Relay


class Costs:
    """Processor time of the daemon, the receivers and the load, from construction to ``end``."""

    def __init__(self, relay: Relay, receivers: int) -> None:
        self._relay = relay
        self._receivers = receivers
        self._begun = time.monotonic()
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        """Seconds of processor time so far."""
        assert self._relay.process is not None
        own = os.times()
        return {
            "daemon": cpu_seconds(self._relay.process.pid)[0], "receivers": cpu_seconds(self._receivers)[0],
            "load": own.user + own.system,
        }

    def end(self) -> None:
        """End the measurement. The daemon must still run."""
        self.seconds = time.monotonic() - self._begun
        after = self._now()
        self.spent = {name: after[name] - before for name, before in self._before.items()}

    def describe(self, deliveries: int) -> str:
        """Rate, and microseconds of processor time for each delivery."""
        shares = ", ".join(f"{name} {each / deliveries * 1e6:.0f}" for name, each in self.spent.items())
        return (f"{deliveries} deliveries in {self.seconds:.1f} s: {deliveries / self.seconds:.0f} a second; "
                f"processor time for each in microseconds: {shares}")
