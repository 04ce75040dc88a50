"""A relay under load with failures, scraped by a real Prometheus."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from backlog import Load, artifact, registration
from flaky_receiver import PERIOD, FlakyReceiver, Oracle
from prometheus import Prometheus, free_port
from relay import Relay, copy_binary

RECEIVERS = 2
PACE = 100.0
"""Artifacts a second."""
MAX_WAIT = 60.0
"""Seconds until every delivery must be final."""
BAD_LINES = {"invalid_json": 7, "not_an_object": 3}
DUPLICATES, UNMATCHED = 4, 3


@dataclass
class Phase:
    """One life of the daemon."""

    oracle: Oracle
    published: int = 0
    ended_at: float = 0
    """Unix seconds at which Prometheus has everything of this phase."""
    metrics: str = ""
    """The answer of ``/metrics`` then."""
    kinds: Counter[str] = field(default_factory=Counter)


class LoadRun:
    """Two phases, with a restart of the relay between them."""

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        self.relay = Relay(
            copy_binary(directory), directory, directory / "state", "--metrics-listen", f"127.0.0.1:{self._port}",
            "--retry-base-delay", "100ms", "--retry-multiplier", "1")
        self.prometheus = Prometheus(directory, f"127.0.0.1:{self._port}")
        self.phases: list[Phase] = []

    def run(self, *counts: int) -> None:
        """One phase for each count of artifacts."""
        for count in counts:
            self.relay.start()
            self.prometheus.wait_for_scrape()  # so that every counter has a sample of 0
            self.phases.append(self._phase(len(self.phases), count))
            if len(self.phases) < len(counts):
                self.relay.terminate(30)

    def stop(self) -> None:
        self.prometheus.stop()
        self.relay.terminate(30)

    def _phase(self, place: int, count: int) -> Phase:
        oracle = Oracle()
        phase = Phase(oracle)
        load = Load(self.relay)
        names = [f"w{place}-{each}" for each in range(RECEIVERS)]
        load.write([registration(name, FlakyReceiver(oracle).url) for name in names])
        load.wait()
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(begun + number / PACE - time.monotonic(), 0))
            self._publish(load, oracle, names[number // PERIOD % RECEIVERS], number)
        self._write_oddities(load, names[0])
        phase.kinds.update(hello=1, webhook_registered=RECEIVERS, message_published=count + DUPLICATES + UNMATCHED)
        phase.published = count
        self._wait_until_final()
        phase.ended_at = self.prometheus.wait_for_scrape()
        phase.metrics = self.relay.status.text("/metrics")
        return phase

    def _publish(self, load: Load, oracle: Oracle, workflow: str, number: int) -> None:
        now = time.time()
        oracle.created[f"a{number}"] = now
        load.write([artifact(workflow, number, 200, datetime.fromtimestamp(now, UTC).isoformat())])

    def _write_oddities(self, load: Load, workflow: str) -> None:
        """Lines that are no deliveries."""
        load.write([b"nonsense"] * BAD_LINES["invalid_json"] + [b"[]"] * BAD_LINES["not_an_object"])
        load.write([artifact(workflow, 3)] * DUPLICATES)
        load.write([artifact("unknown", number) for number in range(UNMATCHED)])
        load.wait()

    def _wait_until_final(self) -> None:
        deadline = time.monotonic() + MAX_WAIT
        while (pending := self.relay.status.pending()) > 0:
            assert time.monotonic() < deadline, f"{pending} deliveries are pending after {MAX_WAIT} s"
            time.sleep(0.05)
