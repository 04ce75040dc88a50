"""Measures what bad receivers cost the healthy ones: p95 latency with and without them.

    Tests/isolation.sh [--quick] [--pace 10] [--only NAME]

Each scenario has its own daemon, with default settings except --allow-network. It is measured in short blocks, in turn
with two other daemons: one with as many other receivers and artifacts, all of them healthy, and one without other
receivers. The ratio to the first is the cost of bad receivers; the ratio to the second also includes the cost of the
additional load. A bad receiver gets as many artifacts as a healthy one; a hundred bad ones together get as many as 1 or
10 healthy ones. A daemon has no load while another one is measured. "At first" are the blocks of 15 seconds in which a
new daemon's bad receivers get their first artifacts, in every third round; "later" are the blocks after that. Latency is
the time from writing an artifact's line to the event socket until its request arrives at the receiver.

"No others, again" compares three daemons with the same load, and shows the noise. Figures of a busy machine mean little;
the last line shows how much processor time other programs used.

Runs in its own network and mount namespace, with a name server that does not answer (needs root, or unprivileged user
namespaces). Exit status 1 if the ratio of p95 to that with all receivers healthy exceeds 1.2. If the bad ones get no
more artifacts than one healthy receiver, the ratio to p95 without other receivers must not exceed 1.2, either.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import namespace
from arrivals import Arrivals, Sink
from comparison import HEAD, Comparison
from exchange import OK
from measured_daemon import MeasuredDaemon
from names import Host, NameServer
from processes import OthersShare
from receiver_process import ReceiverProcess
from relay import copy_binary
from scenarios import SILENT_NAMES, Scenario, scenarios

HEALTHY, MAX_OTHERS = 10, 100
LEAD = 1.0
"""Seconds of load on a daemon with healthy receivers only, or on a new one, before it is measured."""
FIRST = 15.0
"""Seconds of the first block of a daemon with bad receivers: longer than the relay's timeout."""
NEW_EVERY = 3
"""Rounds between new daemons with bad receivers: several blocks, because the disk may be slow during one of them."""
BLOCK = 5.0
"""Seconds of the other blocks; short, because the speed of the disk varies over time."""
MAX_ARTIFACTS = 4_000_000


class Isolation:
    """Runs all scenarios in turn, several times."""

    def __init__(self, directory: Path, chosen: list[Scenario], pace: float, block: float) -> None:
        self._directory = directory
        self._binary = copy_binary(directory)
        self._pace = pace
        self._block = block
        self._chance = random.Random(1)
        self._numbers: Iterator[int] = iter(range(MAX_ARTIFACTS))
        self._arrivals = Arrivals(MAX_ARTIFACTS)
        self._receivers = ReceiverProcess(HEALTHY, Sink(self._arrivals).take)
        self._healthy_others = ReceiverProcess(MAX_OTHERS, lambda _: OK)
        self._others = OthersShare()
        self.others_share = 0.0
        """The share of processor time that other programs used."""
        self.comparisons = [Comparison(scenario) for scenario in chosen]
        self._daemons: dict[str, MeasuredDaemon] = {}
        self._latest_of_new = 0.0

    def run(self, rounds: int) -> None:
        with ExitStack() as stack:
            for comparison in self.comparisons:
                scenario = comparison.scenario
                well = self._healthy_others.urls()[: len(scenario.bad)]
                for kind, others in (("alone", []), ("well", well), ("bad", scenario.bad)):
                    daemon = self._start(stack, f"{kind} {scenario.name}", scenario, others)
                    self._daemons[f"{kind} {scenario.name}"] = daemon
            for each in range(rounds + 1):
                for comparison in self.comparisons:
                    if each > 0 and each % NEW_EVERY == 0:
                        self._compare_new(comparison, f"{each}")
                    else:
                        self._compare(comparison, self._measure_first if each == 0 else self._measure_later)
                print(f"round {each} of {rounds} is over", file=sys.stderr, flush=True)
            self.others_share = self._others()
            for comparison in self.comparisons:
                comparison.count(self._daemons[f"bad {comparison.scenario.name}"].errors())

    def _start(self, stack: ExitStack, name: str, scenario: Scenario, others: list[str]) -> MeasuredDaemon:
        healthy, pace = self._receivers.urls()[: scenario.healthy], scenario.pace(self._pace)
        daemon = MeasuredDaemon(
            self._binary, self._directory / name, self._arrivals, healthy, others, self._pace, pace, self._numbers)
        stack.callback(daemon.relay.kill)
        return daemon

    def _compare_new(self, comparison: Comparison, name: str) -> None:
        """Compare with a new daemon that does not know the bad receivers; it ends with its block."""
        with ExitStack() as stack:
            scenario = comparison.scenario
            daemon = self._start(stack, f"bad {scenario.name} {name}", scenario, scenario.bad)
            self._compare(comparison, lambda comparison: self._measure_new(comparison, daemon))
            comparison.count(daemon.errors())
            self._latest_of_new = max(self._latest_of_new, daemon.latest)

    def _compare(self, comparison: Comparison, measure_bad: Callable[[Comparison], None]) -> None:
        """Measure a block of each of the three daemons, in random order."""
        blocks = [self._measure_alone, self._measure_well, measure_bad]
        self._chance.shuffle(blocks)
        for measure in blocks:
            measure(comparison)

    def _daemon(self, kind: str, comparison: Comparison) -> MeasuredDaemon:
        return self._daemons[f"{kind} {comparison.scenario.name}"]

    def _measure_alone(self, comparison: Comparison) -> None:
        comparison.alone += self._daemon("alone", comparison).block(LEAD, self._block)

    def _measure_well(self, comparison: Comparison) -> None:
        comparison.well += self._daemon("well", comparison).block(LEAD, self._block)

    def _measure_first(self, comparison: Comparison) -> None:
        self._measure_new(comparison, self._daemon("bad", comparison))

    def _measure_new(self, comparison: Comparison, daemon: MeasuredDaemon) -> None:
        daemon.warm_up(LEAD)
        comparison.first += daemon.block(0, FIRST)
        self._settle(comparison, daemon)

    def _measure_later(self, comparison: Comparison) -> None:
        daemon = self._daemon("bad", comparison)
        comparison.later += daemon.block(comparison.scenario.lead, self._block)
        self._settle(comparison, daemon)

    def _settle(self, comparison: Comparison, daemon: MeasuredDaemon) -> None:
        if comparison.scenario.settles:
            daemon.settle()

    @property
    def latest(self) -> float:
        """Seconds by which the latest line was late."""
        return max(self._latest_of_new, *(daemon.latest for daemon in self._daemons.values()))


def use_silent_name_server(directory: Path) -> None:
    """Set up loopback and the name server in the private namespace."""
    namespace.run("ip", "link", "set", "lo", "up")
    for target, text in namespace.RESOLVER.items():
        namespace.put(directory, Path(target), text.encode())
    NameServer({name: Host(answers=False) for name in SILENT_NAMES}).start()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/isolation.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--pace", type=float, default=10, help="artifacts a second for each healthy origin [10]")
    parser.add_argument("--only", metavar="NAME", help="only scenarios whose name contains this")
    parser.add_argument("--quick", action="store_true", help="half of the time, with less precise figures")
    options = parser.parse_args()
    namespace.enter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="isolation-") as name:
        use_silent_name_server(Path(name))
        chosen = [each for each in scenarios() if (options.only or "") in each.name]
        run = Isolation(Path(name), chosen, options.pace, BLOCK)
        run.run(rounds=4 if options.quick else 8)
    report(run)
    print(f"milliseconds; for the columns see --help; {options.pace:g} artifacts a second for each healthy origin; "
          f"{time.monotonic() - begun:.0f} s")
    return 0 if all(comparison.holds for comparison in run.comparisons) else 1


def report(run: Isolation) -> None:
    """Print the figures and how reliable they are."""
    print(HEAD)
    print("\n".join(itertools.chain.from_iterable(comparison.lines() for comparison in run.comparisons)))
    for comparison in run.comparisons:
        verdict = "" if comparison.is_real else f": NOT ONLY {comparison.scenario.error}"
        print(f"failed attempts, {comparison.scenario.name}: {comparison.errors}{verdict}")
    print(f"the latest line was written {run.latest * 1000:.0f} ms late; other programs used "
          f"{run.others_share:.0%} of the processors")


if __name__ == "__main__":
    sys.exit(main())
