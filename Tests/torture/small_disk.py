"""The state directory lies on a file system that fills up and comes back."""

from __future__ import annotations

import http.client
import random
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from author import Author
from behaviour import DEAD, HEALTHY, Answer
from checks import Figures, check_all
from oracle import Oracle
from ordering import is_delivered
from plain_writer import PlainWriter
from private_mounts import Ballast, mount, unmount
from receiver import Receiver
from relay import Relay
from workload import Artifact
from writer import Writer

RELAY_OPTIONS = [
    "--retry-base-delay", "200ms", "--retry-multiplier", "1.5", "--retry-max-delay", "2s", "--timeout", "1s",
    "--unmatched-grace", "20s", "--history-max-deliveries", "10000000",
]
PATIENCE = 30.0
"""Seconds until the relay must have noticed that the disk is full, or has room again."""
LONGEST_WRITE = 2.5
"""Seconds that a plain writer may be held."""
BUSY = Answer("status", 503)


class SmallDisk:
    """Rounds in which the disk fills up, by a dead receiver's backlog or by a foreign file, and comes back.

    In every other round of each kind the daemon is killed while the disk is full.
    """

    def __init__(self, options: Namespace, binary: Path, directory: Path) -> None:
        self._options = options
        self._disk = directory / "disk"
        mount(self._disk, options.disk_size)
        self._ballast = Ballast(self._disk / "ballast")
        self.oracle = Oracle()
        self.relay = Relay(binary, directory, self._disk / "state", *RELAY_OPTIONS)
        self._healthy = Receiver(self.oracle, lambda *_: HEALTHY)
        self._dead = Receiver(self.oracle, lambda *_: HEALTHY)
        self._writers = [self._writer(number, self._healthy, None) for number in range(2)]
        self._bulk = self._writer(2, self._dead, 4_000)
        self._plain = PlainWriter(
            self.relay.socket, self.oracle, options.seed, self._healthy.port, pace=20, size=2_000)
        self.rounds = 0

    def _writer(self, number: int, receiver: Receiver, body_size: int | None) -> Writer:
        author = Author(
            number, self._options.seed, self.oracle, [receiver.port], [], late=False,
            body_size=body_size or 300, max_retries=(100,))
        chance = random.Random(f"{self._options.seed} writer {number}")
        return Writer(self.relay.socket, author, self.oracle, chance, grace=False)

    def run(self) -> Figures | None:
        """Figures, or None if the relay did not get to a state that can be checked."""
        try:
            self.relay.start()
            for writer in [*self._writers, self._bulk, self._plain]:
                writer.start()
            while self.rounds < self._options.rounds:
                self._round(uses_ballast=self.rounds % 2 == 0, kills=self.rounds % 4 >= 2)
                self.rounds += 1
            self._plain.stop()
            if not self._until("everything is delivered", self._is_drained, self._options.drain_seconds):
                return None
            return check_all(self.oracle, self.relay.status)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            self.oracle.violation(f"{type(error).__name__}: {error}")
            return None
        finally:
            for writer in [*self._writers, self._bulk]:
                writer.stop()
            self.relay.kill()
            unmount(self._disk)

    def _round(self, *, uses_ballast: bool, kills: bool) -> None:
        begun = time.monotonic()
        self._write_for(1.0)
        self._healthy.plan = lambda *_: BUSY
        self._write_for(0.3)
        self._fill(uses_ballast)
        filled = time.monotonic()
        self._while_full()
        if kills:
            self._kill()
        self._heal()
        healed = time.monotonic()
        self._until("/readyz is 200 again", self._is_ready, PATIENCE, self._write_a_little)
        ready = time.monotonic()
        self._until("everything is delivered", self._is_drained, self._options.drain_seconds)
        print(f"  {'ballast' if uses_ballast else 'backlog'}{', killed' if kills else ''}: full after "
              f"{filled - begun:.1f} s, ready {ready - healed:.1f} s after the disk came back, drained "
              f"{time.monotonic() - ready:.1f} s later; plain writer waited {self._plain.longest_wait:.2f} s at most",
              flush=True)

    # What happens in a round

    def _fill(self, uses_ballast: bool) -> None:
        """Until ``/readyz`` says so."""
        if uses_ballast:
            self._ballast.fill()
            more = self._write_a_little
        else:
            self._dead.plan = lambda *_: DEAD
            more = self._write_bulk
        self._until("/readyz is 503", lambda: self.relay.status.readiness() == 503, PATIENCE, more)

    def _while_full(self) -> None:
        """Deliveries go on, and nobody without acknowledgements is held."""
        waiting = self._undelivered()
        self._plain.forget_waits()
        self._plain.pace = 500
        self._healthy.plan = lambda *_: HEALTHY
        enough = min(len(waiting), 50)
        self._until(
            f"{enough} of the {len(waiting)} artifacts that were waiting are delivered while the disk is full",
            lambda: sum(map(self._is_delivered, waiting)) >= enough, 10, self._write_a_little)
        self._write_for(4)
        self._plain.pace = 20
        if self._plain.longest_wait > LONGEST_WRITE:
            self.oracle.violation(f"a plain writer was held for {self._plain.longest_wait:.1f} s")

    def _kill(self) -> None:
        """Kill the daemon; it must start although the disk is full."""
        self.oracle.killed("daemon")
        self.relay.kill()
        self.relay.launch()
        self._until("the daemon starts on a full disk", lambda: self.relay.status.readiness() is not None, 15)
        self._write_for(0.5)

    def _heal(self) -> None:
        self._ballast.remove()
        self._dead.plan = lambda *_: HEALTHY
        if self.relay.ended() is not None:
            self.relay.launch()

    def _undelivered(self) -> list[Artifact]:
        """What the healthy receiver was promised and does not have yet."""
        return [
            each for each in self.oracle.artifacts
            if each.acknowledged and each.workflow.registrations[0].port == self._healthy.port
            and not self._is_delivered(each)
        ]

    def _is_delivered(self, artifact: Artifact) -> bool:
        return any(is_delivered(post) for post in list(self.oracle.posts.get(artifact, ())))

    # Load

    def _write_a_little(self) -> None:
        for writer in self._writers:
            writer.budget = max(writer.budget, 2)

    def _write_bulk(self) -> None:
        self._write_a_little()
        self._bulk.budget = max(self._bulk.budget, 20)

    def _write_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._write_a_little()
            time.sleep(0.05)

    # Waiting

    def _until(
        self, what: str, holds: Callable[[], bool], seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> bool:
        """Wait until it holds; False, and a violation, if that takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds():
                return True
            meanwhile()
            time.sleep(0.05)
        self.oracle.violation(f"round {self.rounds + 1}: not within {seconds:.0f} s: {what}. {self._state()}")
        return False

    def _is_ready(self) -> bool:
        return self.relay.status.readiness() == 200

    def _is_drained(self) -> bool:
        return self.relay.status.pending() == 0 and all(each.is_idle for each in [*self._writers, self._bulk])

    def _state(self) -> str:
        """What is known of a relay that does not do what it should."""
        files = {each.name: each.stat().st_size for each in self.relay.state.parent.rglob("*") if each.is_file()}
        state = self.relay.status.describe()
        return f"exit code {self.relay.ended()}, {state}, files {files}, log: {self.relay.log_tail()}"
