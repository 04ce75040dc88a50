"""Millions of deliveries through one daemon: memory, descriptors, size of the outbox, and nothing lost.

    Tests/endurance.sh [--count 2000000] [--csv FILE]

Default settings of the relay except --allow-network. Twenty healthy origins, signed payloads of 200 bytes, at full
speed with at most 1 000 artifacts in flight. Prints a Markdown table. Exit status 1 if an artifact was lost, failed
or carried the number of another artifact, or if memory grows once the daemon is warm (a quarter of the deliveries) or
exceeds 80 MB.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from arrivals import Arrivals, Sink
from backlog import Load
from costs import Costs
from endurance_report import judge, table
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from samples import Sample, Sampler
from stream import ORIGINS, batches, place

MAX_IN_FLIGHT = 1_000
"""Maximum of artifacts written and not yet arrived."""
UNACKNOWLEDGED = 2_000
"""Maximum of lines without acknowledgement."""
MAX_WAIT = 60.0
"""Seconds without any arrival after which the run fails."""


class Endurance:
    """One run."""

    def __init__(self, count: int, interval: float, csv: Path | None, directory: Path) -> None:
        self._count = count
        self._interval = interval
        self.sink = Sink(Arrivals(count), place)
        self._receivers = ReceiverProcess(ORIGINS, self.sink.take)
        self.relay = Relay(copy_binary(directory), directory, directory / "state")
        self._csv = csv
        self._sampled_at = self._moved_at = 0.0
        self._written = self._arrived = 0

    def run(self) -> tuple[Sampler, Costs]:
        """``RuntimeError`` if deliveries stop."""
        try:
            self.relay.start()
            costs = Costs(self.relay, self._receivers.pid)
            self.sampler = Sampler(self.relay, self._csv)
            self._moved_at = time.monotonic()
            self._write()
            self._wait(0)
            self._wait_until_recorded()
            costs.end()
            return self.sampler, costs
        finally:
            self.relay.kill()
            self._receivers.stop()

    def _write(self) -> None:
        load = Load(self.relay)
        for artifacts, lines in batches(self._count, self._receivers.urls()):
            load.write(lines)
            self._written += artifacts
            load.wait(UNACKNOWLEDGED)
            self._wait(MAX_IN_FLIGHT)

    def _wait(self, limit: int) -> None:
        """Wait until at most ``limit`` of the written artifacts are in flight; sample meanwhile."""
        while True:
            self._poll()
            if self._written - self.sink.tally.distinct <= limit:
                return
            time.sleep(0.002)

    def _wait_until_recorded(self) -> None:
        """Wait until the last arrivals are recorded as delivered."""
        while self.relay.status.pending() > 0:
            self._poll()
            time.sleep(0.05)
        self.sampler.take()

    def _poll(self) -> None:
        """Sample if the interval is over; raise if nothing has arrived for too long."""
        now, arrived = time.monotonic(), self.sink.tally.requests
        if arrived != self._arrived:
            self._arrived, self._moved_at = arrived, now
        if now - self._moved_at > MAX_WAIT:
            raise RuntimeError(
                f"nothing arrived for {MAX_WAIT:.0f} s after {self.sink.tally.distinct} of {self._written} artifacts: "
                f"{self.relay.status.describe()}, {self.relay.log_tail()}")
        if now - self._sampled_at >= self._interval:
            self._sampled_at = now
            self._sampled(self.sampler.take())

    def _sampled(self, sample: Sample) -> None:
        """After each sample but the last."""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/endurance.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2_000_000, help="artifacts [2000000]")
    parser.add_argument("--csv", type=Path, help="write every sample to this file [none]")
    parser.add_argument("--interval", type=float, default=5, help="seconds between samples [5]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="endurance-") as name:
        run = Endurance(options.count, options.interval, options.csv, Path(name))
        sampler, costs = run.run()
        final = sampler.samples[-1]
        print(table(sampler.samples))
        print(f"\n{costs.describe(final.delivered)}")
        return judge(options.count, sampler, run.sink.tally)


if __name__ == "__main__":
    sys.exit(main())
