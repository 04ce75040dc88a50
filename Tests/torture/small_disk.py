"""Rounds in which the file system of the state directory fills up and is freed again."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from behaviour import DEAD, HEALTHY
from checks import Figures
from disk_trouble import BUSY, MAX_WAIT, DiskTrouble
from private_mounts import Ballast, mount, unmount
from receiver import Receiver


class SmallDisk(DiskTrouble):
    """The disk fills up, by a dead receiver's backlog or by a foreign file, and is freed again.

    In every other round of each kind the daemon is killed while the disk is full.
    """

    def __init__(self, options: Namespace, binary: Path, directory: Path) -> None:
        self._disk = directory / "disk"
        mount(self._disk, options.disk_size)
        self._ballast = Ballast(self._disk / "ballast")
        super().__init__(options, binary, directory, self._disk / "state")
        self._dead = Receiver(self.oracle, lambda *_: HEALTHY)
        self._bulk = self._writer_without_breaks(2, self._dead, 4_000)
        self._writers.append(self._bulk)

    def run(self) -> Figures | None:
        try:
            return super().run()
        finally:
            unmount(self._disk)

    def _round(self) -> None:
        uses_ballast, kills = self.rounds % 2 == 0, self.rounds % 4 >= 2
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
        self._until("/readyz is 200 again", self._is_ready, MAX_WAIT, self._write_a_little)
        ready = time.monotonic()
        self._drain()
        print(f"  {'ballast' if uses_ballast else 'backlog'}{', killed' if kills else ''}: full after "
              f"{filled - begun:.1f} s, ready {ready - healed:.1f} s after the disk had room, drained "
              f"{time.monotonic() - ready:.1f} s later; plain writer waited {self._plain.max_wait:.2f} s at most",
              flush=True)

    def _fill(self, uses_ballast: bool) -> None:
        """Fill the disk until ``/readyz`` is 503."""
        if uses_ballast:
            self._ballast.fill()
            more = self._write_a_little
        else:
            self._dead.plan = lambda *_: DEAD
            more = self._write_bulk
        self._until("/readyz is 503", self._is_not_ready, MAX_WAIT, more)

    def _while_full(self) -> None:
        """Deliveries continue, and the plain writer is not blocked."""
        self._plain.forget_waits()
        self._plain.pace = 500
        self._expect_deliveries(50)
        self._write_for(4)
        self._plain.pace = 20
        self._expect_no_plain_wait()

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

    def _write_bulk(self) -> None:
        self._write_a_little()
        self._bulk.budget = max(self._bulk.budget, 20)
