"""Compares two binaries of the relay: throughput, processor time, latency, memory and start.

    Tests/versions.sh --before BINARY [--rounds 5] [--count 20000]

Each round runs both binaries on each row, one after the other, alternating which is first. Prints a Markdown table of medians and of the
median of the rounds' ratios, after / before. A benchmark without pass or fail.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from backlog import Load, artifact
from nginx_receiver import NginxReceiver
from processes import family_cpu_seconds, resident_bytes
from relay import Relay
from steady_load import SteadyLoad
from stream import registration

PORT = 18_080
BODY = 200
"""Approximate bytes of a payload."""
BATCH = 250
"""Lines that are written together."""
UNACKNOWLEDGED = 2_000
STEADY_SECONDS = 20.0
STEADY_PACE = 100.0
"""Artifacts a second."""
MAX_WAIT = 120.0
"""Seconds until the deliveries of a row must be over."""

Figures = dict[str, float]


class Measurement:
    """One binary on one row, with its own state."""

    def __init__(self, binary: Path, directory: Path, *options: str) -> None:
        self.relay = Relay(binary, directory, directory / "state", *options)
        self.relay.start()
        assert self.relay.process is not None
        self._pid = self.relay.process.pid

    def delivered(self) -> int:
        return self.relay.status.get("/status")[1]["deliveries"]["delivered"]

    def resident(self) -> float:
        """MB of the daemon and of every process that it started, as older binaries do."""
        return sum(resident_bytes(pid) for pid in [self._pid, *self.relay.children()]) / 1e6

    def flood(self, urls: list[str], count: int) -> Figures:
        """Deliver at full speed; all origins get the same number of artifacts."""
        load = Load(self.relay)
        load.write([registration(f"w{place}", url) for place, url in enumerate(urls)])
        load.wait()
        cpu, begun = family_cpu_seconds(self._pid), time.monotonic()
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            load.write([artifact(f"w{number % len(urls)}", number, BODY) for number in numbers])
            load.wait(UNACKNOWLEDGED)
        load.wait()
        while self.delivered() < count:
            if time.monotonic() - begun > MAX_WAIT:
                raise RuntimeError(f"{self.delivered()} of {count} delivered: {self.relay.log_tail()}")
            time.sleep(0.01)
        seconds = time.monotonic() - begun
        return {
            "deliveries/s": count / seconds, "CPU, µs a delivery": (family_cpu_seconds(self._pid) - cpu) / count * 1e6,
            "memory, MB": self.resident(),
        }

    def steady(self, urls: list[str]) -> Figures:
        """Deliver at a steady rate."""
        load = SteadyLoad(self.relay.socket, "w", urls, STEADY_PACE / len(urls), iter(range(10**9)))
        load.run(STEADY_SECONDS)
        while self.relay.status.pending():
            time.sleep(0.01)
        latency = self.relay.status.get("/status")[1]["latency"]["created_to_delivered"]
        return {"p50, ms": latency["p50_ms"], "p95, ms": latency["p95_ms"], "memory, MB": self.resident()}


def rows(receiver: NginxReceiver, count: int) -> dict[str, tuple[tuple[str, ...], object]]:
    """Name → options of the daemon, and what is measured."""
    one, hundred = receiver.urls(1), receiver.urls(100)
    return {
        "durable, 1 receiver": ((), lambda each: each.flood(one, count)),
        "durable, 100 receivers": ((), lambda each: each.flood(hundred, count)),
        "ephemeral, 1 receiver": (("--ephemeral",), lambda each: each.flood(one, count)),
        "ephemeral, 100 receivers": (("--ephemeral",), lambda each: each.flood(hundred, count)),
        "durable, 100 artifacts/s": ((), lambda each: each.steady(hundred[:10])),
    }


def measure(binary: Path, options: tuple[str, ...], what: object) -> Figures:
    with tempfile.TemporaryDirectory(prefix="versions-") as name:
        measurement = Measurement(binary, Path(name), *options)
        try:
            figures = what(measurement)  # type: ignore[operator]
            return {**figures, "start to ready, ms": measurement.relay.slowest_start * 1000}
        finally:
            measurement.relay.terminate(30)


def compare(binaries: list[Path], receiver: NginxReceiver, options: argparse.Namespace) -> None:
    print(f"| row | figure | before | after | after / before | of {options.rounds} rounds |")
    print("|---|---|--:|--:|--:|--:|")
    for name, (arguments, what) in rows(receiver, options.count).items():
        if options.only not in name:
            continue
        found: list[list[Figures]] = [[], []]
        for turn in range(options.rounds):
            for which in (0, 1) if turn % 2 == 0 else (1, 0):
                found[which].append(measure(binaries[which], arguments, what))
        for figure in found[0][0]:
            before, after = ([each[figure] for each in side] for side in found)
            ratios = [new / old for old, new in zip(before, after)]
            print(f"| {name} | {figure} | {statistics.median(before):.1f} | {statistics.median(after):.1f} "
                  f"| {statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} |", flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/versions.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True, help="the older binary")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each binary on each row [5]")
    parser.add_argument("--count", type=int, default=20_000, help="artifacts in a run at full speed [20000]")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows whose name contains this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="versions-") as name:
        directory = Path(name)
        sources = [options.before, Path(os.environ["FLOCK_RELAY"])]
        binaries = [Path(shutil.copy2(path, directory / label)) for path, label in zip(sources, ("before", "after"))]
        receiver = NginxReceiver(directory, PORT)
        try:
            compare(binaries, receiver, options)
        finally:
            receiver.stop()


if __name__ == "__main__":
    main()
