"""Millions of deliveries through one daemon: memory, descriptors, size of the outbox, and nothing lost.

    Tests/endurance.sh [--count 2000000] [--csv FILE]

Default settings of the relay but for --allow-network. Twenty healthy origins, signed payloads of 200 bytes, as fast as
it goes with at most 1 000 artifacts under way. Prints a Markdown table. Exit status 1 if an artifact was lost, failed
or carried another one's number, or if memory grows once the daemon is warm (a quarter of the deliveries) or
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

UNDER_WAY = 1_000
"""Artifacts written and not yet with their receiver, at most."""
UNACKNOWLEDGED = 2_000
"""Lines, at most."""
PATIENCE = 60.0
"""Seconds without any arrival until the run is given up."""


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
        """``RuntimeError`` if deliveries come to a stop."""
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
            self._wait(UNDER_WAY)

    def _wait(self, most: int) -> None:
        """Until at most so many of the artifacts written so far are under way; samples meanwhile."""
        while True:
            self._look()
            if self._written - self.sink.tally.distinct <= most:
                return
            time.sleep(0.002)

    def _wait_until_recorded(self) -> None:
        """The last arrivals are not yet in the outbox as delivered."""
        while self.relay.status.pending() > 0:
            self._look()
            time.sleep(0.05)
        self.sampler.take()

    def _look(self) -> None:
        """Sample if it is time; raise if nothing has come for too long."""
        now, arrived = time.monotonic(), self.sink.tally.requests
        if arrived != self._arrived:
            self._arrived, self._moved_at = arrived, now
        if now - self._moved_at > PATIENCE:
            raise RuntimeError(
                f"nothing arrived for {PATIENCE:.0f} s after {self.sink.tally.distinct} of {self._written} artifacts: "
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
    parser.add_argument("--csv", type=Path, help="every sample goes there [nowhere]")
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
