"""What it brings that each sender keeps to one processor: runs with and without, in turn.

    Tests/pinning.sh [--pairs 5] [--count 40000]

Both are runs of Tests/endurance.sh: as many deliveries as the machine can do. In those without, the senders are let
loose from outside as soon as they are there. Prints deliveries a second and processor time of each run, and the
medians' ratios. Exit status 1 if a delivery was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from endurance import Endurance
from endurance_report import complaints
from samples import Sample

PROCESSORS = os.sched_getaffinity(0)


class LooseEndurance(Endurance):
    """Its senders may run on any processor."""

    def _sampled(self, sample: Sample) -> None:
        for pid in self.relay.senders():
            # A thread that starts later has the processors of the one that started it.
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(int(task.name), PROCESSORS)


class Figures(NamedTuple):
    """Of one run."""

    rate: float
    """Deliveries a second."""
    daemon: float
    """Microseconds of processor time for each delivery."""
    senders: float
    p95: float
    """Milliseconds from receipt to the receiver's 2xx."""

    def __str__(self) -> str:
        return f"{self.rate:12.0f} {self.daemon:12.0f} {self.senders:12.0f} {self.p95:12.0f}"


def measure(kind: type[Endurance], count: int) -> Figures:
    """One run; ``RuntimeError`` if it lost something."""
    with tempfile.TemporaryDirectory(prefix="pinning-") as name:
        run = kind(count, 1, None, Path(name))
        sampler, costs = run.run()
        lost = complaints(count, sampler, run.sink.tally)
        if lost:
            raise RuntimeError("; ".join(lost))
        each = {name: spent / count * 1e6 for name, spent in costs.spent.items()}
        return Figures(count / costs.seconds, each["daemon"], each["senders"], sampler.samples[-1].p95_ms)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/pinning.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="runs with, and as many without [5]")
    parser.add_argument("--count", type=int, default=40_000, help="deliveries of a run [40000]")
    options = parser.parse_args()
    print(f"{'':8} {'deliveries/s':>12} {'daemon, µs':>12} {'senders, µs':>12} {'p95, ms':>12}")
    found: dict[str, list[Figures]] = {"pinned": [], "loose": []}
    kinds = [("pinned", Endurance), ("loose", LooseEndurance)]
    for pair in range(options.pairs):
        for name, kind in kinds if pair % 2 == 0 else reversed(kinds):
            found[name].append(measure(kind, options.count))
            print(f"{name:8} {found[name][-1]}", flush=True)
    pinned, loose = (
        [statistics.median(each) for each in zip(*runs)] for runs in (found["pinned"], found["loose"]))
    print(f"{'ratio':8} " + " ".join(f"{ours / theirs:12.3f}" for ours, theirs in zip(pinned, loose)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
