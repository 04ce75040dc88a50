"""Rounds of load and kills."""

from __future__ import annotations

import random
import time
from argparse import Namespace
from pathlib import Path

from author import Author
from behaviour import HEALTHY, flaky
from killer import Killer
from plain_writer import PlainWriter
from receiver import Receiver
from relay import Relay
from run import Run
from workload import Workflow
from writer import Writer

DRAIN_TIMEOUT = 3
"""Seconds; above the timeout of an attempt, so that SIGTERM interrupts none."""
RELAY_OPTIONS = [
    "--retry-base-delay", "20ms", "--retry-multiplier", "1.5", "--retry-max-delay", "200ms", "--timeout", "1s",
    "--unmatched-grace", "20s", "--drain-timeout", f"{DRAIN_TIMEOUT}s", "--history-max-deliveries", "10000000",
]


class Torture(Run):
    """Flaky receivers, and a daemon that is killed."""

    def __init__(self, options: Namespace, binary: Path, directory: Path) -> None:
        super().__init__(options)
        self._chance = random.Random(f"{options.seed} rounds")
        self.relay = Relay(binary, directory, directory / "state", *RELAY_OPTIONS)
        self._killer = Killer(self.relay, self.oracle, random.Random(f"{options.seed} killer"))
        self._receivers = [
            Receiver(self.oracle, lambda *request: flaky(options.seed, *request)) for _ in range(options.receivers)
        ]
        ports = [receiver.port for receiver in self._receivers]
        self._shared = [self._shared_workflow(number, ports) for number in range(4)]
        self._writers = [self._moving_writer(number, ports) for number in range(options.writers)]
        self._plain = PlainWriter(self.relay.socket, self.oracle, options.seed, ports[0], pace=20)
        self._begun = time.monotonic()

    def _shared_workflow(self, number: int, ports: list[int]) -> Workflow:
        """A workflow into which all writers publish."""
        workflow = Workflow(f"s{number}", f"shared {number}", number % 2 == 0, "flat")
        workflow.register(ports[number % len(ports)], "shared secret", 2)
        self.oracle.add(workflow)
        return workflow

    def _moving_writer(self, number: int, ports: list[int]) -> Writer:
        grace = number % 2 == 1
        author = Author(
            number, self._options.seed, self.oracle, ports, self._shared, late=grace,
            moves=not self._options.keep_receivers)
        return self._writer(number, author, grace=grace)

    def _goes_on(self) -> bool:
        seconds = time.monotonic() - self._begun
        if self.rounds and self.rounds % 50 == 0:
            self._report(seconds)
        return super()._goes_on() and seconds < self._options.seconds

    def _calm(self) -> None:
        for receiver in self._receivers:
            receiver.plan = lambda *_: HEALTHY

    def _report(self, seconds: float) -> None:
        kills = sum(kill.kind == "daemon" for kill in self.oracle.kills)
        print(f"  round {self.rounds}: {kills} daemons killed, {self.oracle.lines} lines acknowledged, "
              f"{len(self.oracle.violations)} violations, {seconds:.0f} s", flush=True)

    def _round(self) -> None:
        for writer in self._writers:
            writer.budget = min(writer.budget, 0) + self._options.lines_per_round
        acts = [self._killer.kill_daemon] * self._options.kills_per_round
        if self._chance.random() < 0.1:
            acts.append(lambda: self._killer.upgrade_daemon(DRAIN_TIMEOUT + 5))
        if self._chance.random() < 0.1:
            acts.append(self._killer.start_second)
        self._chance.shuffle(acts)
        for act in acts:
            time.sleep(self._chance.uniform(0, 0.2))
            self._killer.wait_for_instant()
            act()
        self._catch_up()

    def _catch_up(self) -> None:
        """Wait until most of this round is delivered, so that the load does not outgrow the machine."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            outstanding = sum(max(writer.budget, 0) for writer in self._writers)
            if outstanding == 0 and self.relay.status.pending() < 40 * self._options.writers:
                return
            time.sleep(0.02)

    def _drain(self) -> bool:
        lowest, deadline = None, time.monotonic() + self._options.drain_seconds
        while time.monotonic() < deadline:
            pending = self.relay.status.pending()
            idle = sum(writer.is_idle for writer in self._writers)
            if pending == 0 and idle == len(self._writers):
                return True
            if lowest is None or (pending, -idle) < lowest:
                lowest, deadline = (pending, -idle), time.monotonic() + self._options.drain_seconds
            time.sleep(0.05)
        self.oracle.violation(
            f"no progress: {lowest[0] if lowest else '?'} deliveries pending, "
            f"{sum(not writer.is_idle for writer in self._writers)} writers without their acknowledgements")
        return False

    def _end(self) -> None:
        """Send SIGTERM to the idle daemon; no process may remain."""
        if (code := self.relay.terminate(10)) != 0:
            self.oracle.violation(f"SIGTERM at the end: exit code {code}: {self.relay.log_tail()}")
        deadline = time.monotonic() + 5
        while (left := self.relay.left_over()) and time.monotonic() < deadline:
            time.sleep(0.05)
        if left:
            self.oracle.violation(f"processes are left over: {left}")
