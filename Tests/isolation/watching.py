"""Measures the cost of monitoring and live views: deliveries a second, processor time and p95, each against a run without them.

    Tests/watching.sh [--rounds 6] [--seconds 5] [--rate 300] [--count 20000] [--only TEXT]

Ways: a scrape a second, the requests of the live page, a reader of the stream of attempts, spans exported to a local
collector, and all of them. Ways that the binary does not have are omitted. Two daemons run side by side, one of
which exports spans. One round measures every way once, at full speed and at a steady rate, in changing order. Ratios are between ways
of the same round. The watchers run on the same cores and are part of the cost. "None, again" shows the spread of two measurements of
the same way. Processor time, that of the daemon alone, depends least on other work of the machine. A benchmark without pass or fail.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import mmap
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from arrivals import Arrivals, Sink
from backlog import Load, artifact, p95, registration
from blocked_log import latencies
from exchange import OK
from processes import cpu_seconds
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from steady_load import SteadyLoad
from watchers import Watch, Watcher, has_option, page, scrape, served_routes, tail

NONE, AGAIN, ALL = "none", "none, again", "all"
BATCH, UNACKNOWLEDGED = 250, 2_000
"""Lines that are written together, and lines without acknowledgement, at full speed."""
LEAD_SECONDS = 0.5
"""Time for watchers to start."""
MAX_WAIT = 60.0
"""Seconds until what was written must have arrived."""


class WatchedDaemon:
    """A daemon with one receiver, measured at full speed and at a steady rate."""

    def __init__(
        self, binary: Path, directory: Path, arrivals: Arrivals, url: str, rate: float, numbers: Iterator[int],
        *options: str,
    ) -> None:
        directory.mkdir()
        self.relay = Relay(binary, directory, directory / "state", *options)
        self.relay.start()
        self._arrivals = arrivals
        self._numbers = numbers
        self._steady = SteadyLoad(self.relay.socket, "steady", [url], rate, numbers)
        self._fast = Load(self.relay)
        self._fast.write([registration("fast", url)])
        self._fast.wait()

    def flood(self, count: int) -> tuple[float, float]:
        """Deliveries a second at full speed, and microseconds of the daemon's processor time for each."""
        numbers = list(itertools.islice(self._numbers, count))
        cpu, begun = self._cpu_seconds(), time.monotonic()
        for first in range(0, count, BATCH):
            self._fast.write([artifact("fast", number, 200) for number in numbers[first : first + BATCH]])
            self._fast.wait(UNACKNOWLEDGED)
        for number in numbers:
            while self._arrivals.moments[number] == 0:
                if time.monotonic() - begun > MAX_WAIT:
                    raise RuntimeError(f"artifact {number} did not arrive: {self.relay.log_tail()}")
                time.sleep(0.001)
        seconds = max(self._arrivals.moments[number] for number in numbers) - begun
        return count / seconds, (self._cpu_seconds() - cpu) / count * 1e6

    def _cpu_seconds(self) -> float:
        assert self.relay.process is not None
        return cpu_seconds(self.relay.process.pid)[0]

    def steady(self, seconds: float) -> list[float]:
        """Milliseconds from writing each artifact to its arrival."""
        return latencies(self._steady, self._arrivals, seconds)


class Collector:
    """Accepts every export, and counts them."""

    def __init__(self) -> None:
        self._count = memoryview(mmap.mmap(-1, 8)).cast("Q")
        self._receiver = ReceiverProcess(1, self._take)
        self.url = self._receiver.urls()[0].rstrip("/")

    def _take(self, head: bytes) -> bytes:
        self._count[0] += 1
        return OK

    def stop(self) -> None:
        self._receiver.stop()

    def check(self) -> None:
        """``RuntimeError`` if nothing was exported."""
        if self._count[0] == 0:
            raise RuntimeError("no spans were exported")


@dataclass
class Way:
    """One way of watching, and what was measured with it: one value for each round."""

    daemon: WatchedDaemon
    watches: list[Watch]
    speeds: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)

    def measure(self, count: int, seconds: float) -> None:
        with contextlib.ExitStack() as watchers:
            for watch in self.watches:
                watchers.enter_context(Watcher(watch, self.daemon.relay.directory / "status.sock"))
            time.sleep(LEAD_SECONDS)
            speed, cost = self.daemon.flood(count)
            self.speeds.append(speed)
            self.costs.append(cost)
            self.p95s.append(p95(self.daemon.steady(seconds)))


def ways(plain: WatchedDaemon, traced: WatchedDaemon | None) -> dict[str, Way]:
    """What the binary has."""
    found = {NONE: Way(plain, []), AGAIN: Way(plain, []), "a scrape a second": Way(plain, [scrape]), "the live page": Way(plain, [page])}
    watches: list[Watch] = [scrape, page]
    if "/attempts" in served_routes(plain.relay.directory / "status.sock"):
        found["a reader of attempts"] = Way(plain, [tail])
        watches.append(tail)
    else:
        print("omitted: a reader of attempts, because this binary has no /attempts")
    if traced is not None:
        found["exported spans"] = Way(traced, [])
    else:
        print("omitted: exported spans, because this binary has no otlp-endpoint")
    found[ALL] = Way(traced or plain, watches)
    return found


def report(found: dict[str, Way]) -> None:
    """Medians of the rounds, and of the ratios within the rounds."""
    print("| watching | deliveries/s | ratio | of the rounds | CPU, µs a delivery | ratio | of the rounds "
          "| p95, ms | ratio | of the rounds |")
    print("|---|" + "--:|" * 9)
    base = found[NONE]
    for name, way in found.items():
        cells = [name]
        for values, others in ((way.speeds, base.speeds), (way.costs, base.costs), (way.p95s, base.p95s)):
            ratios = [value / other for value, other in zip(values, others)]
            cells += [
                f"{statistics.median(values):.4g}", f"{statistics.median(ratios):.3f}",
                f"{min(ratios):.2f} to {max(ratios):.2f}"]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/watching.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="measurements of each way [6]")
    parser.add_argument("--seconds", type=float, default=5, help="at the steady rate, in each round [5]")
    parser.add_argument("--rate", type=float, default=300, help="artifacts a second at the steady rate [300]")
    parser.add_argument("--count", type=int, default=20_000, help="artifacts at full speed, in each round [20000]")
    parser.add_argument("--only", default="", metavar="TEXT", help="only ways whose name contains this, beside none")
    options = parser.parse_args()
    each = options.count + int(options.rate * options.seconds * 2)
    arrivals, numbers = Arrivals(each * (options.rounds + 1) * 7 + 10_000), itertools.count()
    receiver, collector = ReceiverProcess(1, Sink(arrivals).take), Collector()
    with tempfile.TemporaryDirectory(prefix="fr-") as name:
        directory = Path(name).resolve()
        binary = copy_binary(directory)
        daemons: list[WatchedDaemon] = []
        try:
            variants: dict[str, list[str]] = {"plain": []}
            if has_option(binary, "--otlp-endpoint"):
                variants["traced"] = ["--otlp-endpoint", collector.url]
            for kind, arguments in variants.items():
                daemons.append(WatchedDaemon(
                    binary, directory / kind, arrivals, receiver.urls()[0], options.rate, numbers, *arguments))
                daemons[-1].flood(options.count)  # to warm up
            found = ways(daemons[0], daemons[1] if len(daemons) > 1 else None)
            found = {name: way for name, way in found.items() if name in (NONE, AGAIN) or options.only in name}
            for turn in range(options.rounds):
                names = list(found)
                shift = turn % len(names)
                for name in names[shift:] + names[:shift]:
                    found[name].measure(options.count, options.seconds)
            if len(daemons) > 1:
                collector.check()
            report(found)
        finally:
            for daemon in daemons:
                daemon.relay.kill()
            receiver.stop()
            collector.stop()


if __name__ == "__main__":
    main()
