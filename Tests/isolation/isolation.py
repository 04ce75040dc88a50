"""What bad receivers cost the healthy ones: p95 latency with and without them, side by side.

    Tests/isolation.sh [--quick] [--pace 10] [--only NAME]

Each scenario has a daemon of its own, with default settings but for --allow-network, and is measured in short blocks in
turn with a daemon that has only the healthy receivers. A bad receiver gets as many artifacts as a healthy one, and a
hundred bad ones together as many as the ten healthy ones together. A daemon's load rests while another is measured. "At
first" is the block in which the bad receivers get their first artifacts, 15 seconds; "later" are the blocks after that.
Latency is the time from writing an artifact's line to the event socket until its request is at the receiver.

Two rows are there to compare with: "nobody, again" are two daemons that are alike and shows the noise, "100 that are
well" what the load of a hundred more receivers costs without anything being wrong with them. Figures from a machine
where other programs run as well mean little; the last line says how much they took.

Runs in a network and mount namespace of its own, with a name server that does not answer (needs root, or unprivileged
user namespaces). Exit status 1 if a ratio of p95 exceeds 1.2.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import namespace
from arrivals import Arrivals, Sink
from comparison import HEAD, Comparison
from measured_daemon import MeasuredDaemon
from names import Host, NameServer
from processes import OthersShare
from receiver_process import ReceiverProcess
from relay import copy_binary
from scenarios import SILENT_NAMES, Scenario, scenarios

HEALTHY = 10
LEAD = 1.0
"""Seconds of load on a daemon with healthy receivers only before it is measured."""
FIRST = 15.0
"""Seconds of the first block of a daemon with bad receivers: longer than the relay's timeout."""
MOST_ARTIFACTS = 4_000_000


class Isolation:
    """All scenarios in turn, several times."""

    def __init__(self, directory: Path, chosen: list[Scenario], pace: float, block: float) -> None:
        self._directory = directory
        self._binary = copy_binary(directory)
        self._pace = pace
        self._block = block
        self._numbers: Iterator[int] = iter(range(MOST_ARTIFACTS))
        self._arrivals = Arrivals(MOST_ARTIFACTS)
        self._receivers = ReceiverProcess(HEALTHY, Sink(self._arrivals).take)
        self._others = OthersShare()
        self.others_share = 0.0
        """Of the processors, that other programs took."""
        self.comparisons = [Comparison(scenario) for scenario in chosen]
        self._daemons: dict[str, MeasuredDaemon] = {}

    def run(self, rounds: int) -> None:
        with ExitStack() as stack:
            for count in {comparison.scenario.healthy for comparison in self.comparisons}:
                self._start(stack, f"alone-{count}", count, [], self._pace)
            for place, comparison in enumerate(self.comparisons):
                scenario = comparison.scenario
                self._start(stack, str(place), scenario.healthy, scenario.others, scenario.pace(self._pace))
            for each in range(rounds + 1):
                for place, comparison in enumerate(self.comparisons):
                    self._compare(comparison, self._daemons[str(place)], is_first=each == 0)
                print(f"round {each} of {rounds} is over", file=sys.stderr, flush=True)
            self.others_share = self._others()
            for place, comparison in enumerate(self.comparisons):
                comparison.errors = self._daemons[str(place)].errors()

    def _start(
        self, stack: ExitStack, name: str, healthy: int, others: list[str], others_pace: float
    ) -> None:
        daemon = MeasuredDaemon(
            self._binary, self._directory / name, self._arrivals, self._receivers.urls()[:healthy], others,
            self._pace, others_pace, self._numbers)
        stack.callback(daemon.relay.kill)
        self._daemons[name] = daemon

    def _compare(self, comparison: Comparison, daemon: MeasuredDaemon, *, is_first: bool) -> None:
        """A block of the daemon with nobody beside the healthy receivers, and one of the other."""
        scenario = comparison.scenario
        comparison.alone += self._daemons[f"alone-{scenario.healthy}"].block(LEAD, self._block)
        if is_first and scenario.error is not None:
            comparison.first += daemon.block(0, FIRST)
        else:
            comparison.later += daemon.block(scenario.lead, self._block)
        if scenario.settles:
            daemon.settle()

    @property
    def latest(self) -> float:
        """Seconds by which the most belated line missed its time."""
        return max(daemon.latest for daemon in self._daemons.values())


def use_silent_name_server(directory: Path) -> None:
    """In a namespace of our own."""
    namespace.run("ip", "link", "set", "lo", "up")
    for target, text in namespace.RESOLVER.items():
        namespace.put(directory, Path(target), text.encode())
    NameServer({name: Host(answers=False) for name in SILENT_NAMES}).start()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/isolation.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--pace", type=float, default=10, help="artifacts a second for each healthy origin [10]")
    parser.add_argument("--only", metavar="NAME", help="scenarios with this in their name")
    parser.add_argument("--quick", action="store_true", help="a third of the time, and coarser figures")
    options = parser.parse_args()
    namespace.enter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="isolation-") as name:
        use_silent_name_server(Path(name))
        chosen = [each for each in scenarios() if (options.only or "") in each.name]
        run = Isolation(Path(name), chosen, options.pace, block=6 if options.quick else 10)
        run.run(rounds=1 if options.quick else 3)
    report(run)
    print(f"milliseconds; {options.pace:g} artifacts a second for each healthy origin; "
          f"{time.monotonic() - begun:.0f} s")
    return 0 if all(comparison.holds for comparison in run.comparisons) else 1


def report(run: Isolation) -> None:
    """Print the figures, and what they are worth."""
    print(HEAD)
    print("\n".join(itertools.chain.from_iterable(comparison.lines() for comparison in run.comparisons)))
    for comparison in run.comparisons:
        verdict = "" if comparison.is_real else f": NOT ONLY {comparison.scenario.error}"
        print(f"failed attempts, {comparison.scenario.name}: {comparison.errors}{verdict}")
    print(f"the most belated line was written {run.latest * 1000:.0f} ms late; other programs took "
          f"{run.others_share:.0%} of the processors")


if __name__ == "__main__":
    sys.exit(main())
