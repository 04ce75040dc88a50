"""The state of a daemon over a long run."""

from __future__ import annotations

import csv
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from relay import Relay


@dataclass(frozen=True)
class Sample:
    """The daemon at one time. The names are the columns of the CSV file."""

    seconds: float
    delivered: int
    pending: int
    deliveries_per_second: float
    """Since the previous sample."""
    p95_ms: float
    """From the daemon's receipt of a line to its receiver's 2xx, over the last five minutes."""
    daemon_rss_bytes: int
    descriptors: int
    """Open descriptors of the daemon."""
    outbox_bytes: int
    """Bytes of the files in the state directory."""


class Sampler:
    """Takes samples, and writes each to the CSV file, if any."""

    def __init__(self, relay: Relay, path: Path | None) -> None:
        self._relay = relay
        self._begun = time.monotonic()
        self._file = path.open("w", newline="") if path else None
        self._write([each.name for each in fields(Sample)])
        self.samples: list[Sample] = []

    def take(self) -> Sample:
        status = self._relay.status.get("/status")[1]
        sample = self._sample(status)
        self.samples.append(sample)
        self._write(list(asdict(sample).values()))
        return sample

    def _write(self, row: list[str | int | float]) -> None:
        if self._file is not None:
            csv.writer(self._file).writerow(row)
            self._file.flush()

    def _sample(self, status: dict[str, Any]) -> Sample:
        seconds, delivered = time.monotonic() - self._begun, status["deliveries"]["delivered"]
        before = self.samples[-1] if self.samples else None
        passed = seconds - (before.seconds if before else 0)
        return Sample(
            seconds=round(seconds, 1), delivered=delivered, pending=status["deliveries"]["pending"],
            deliveries_per_second=round((delivered - (before.delivered if before else 0)) / max(passed, 0.001), 1),
            p95_ms=round(status["latency"]["received_to_delivered"]["p95_ms"], 1),
            daemon_rss_bytes=self._relay.resident_bytes(), descriptors=self._relay.descriptor_count(),
            outbox_bytes=sum(file.stat().st_size for file in self._relay.state.iterdir()))
