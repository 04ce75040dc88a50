"""The files of the state directory fail with I/O errors and come back."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from disk_trouble import BUSY, PATIENCE, DiskTrouble
from failing_disk import FailingDisk
from workload import Artifact

PACE, FAST_PACE = 20.0, 500.0
"""Lines a second of the plain writer; the fast one fills the socket within a second if nobody reads."""
LASTING = 4.0
"""Seconds of load on the failing disk."""
OBSTRUCTED = "Not accepting events"
CAUSE = "I/O error"
"""What ``/readyz`` must say."""


@dataclass(frozen=True)
class Trouble:
    """What is special about a round."""

    name: str
    syncs_only: bool = False
    kills: bool = False
    plain_only: bool = False
    """Nobody who reads acknowledgements writes while the disk fails."""


TROUBLES = [
    Trouble("writes fail"),
    Trouble("syncs fail", syncs_only=True),
    Trouble("writes fail, killed", kills=True),
    Trouble("writes fail, plain writer only", plain_only=True),
]


class FailingRounds(DiskTrouble):
    """The disk fails for some seconds in each round; what each kind of round adds is in ``TROUBLES``."""

    def __init__(self, options: Namespace, binary: Path, directory: Path) -> None:
        state = directory / "state"
        self._disk = FailingDisk(directory, state)
        # A writer that comes back may be told at once of what it had been promised before.
        super().__init__(options, binary, directory, state, breaks=0, environment=self._disk.environment)
        self._is_plain_only = False

    def _round(self) -> None:
        trouble = TROUBLES[self.rounds % len(TROUBLES)]
        self._write_for(1.0)
        self._healthy.plan = lambda *_: BUSY
        self._until("artifacts wait for their receiver", lambda: len(self._undelivered()) >= 20, 10,
                    self._write_a_little)
        self._is_plain_only = trouble.plain_only
        if trouble.plain_only:
            self._until("everything is acknowledged", self._is_acknowledged, 10)
        self._plain.forget_waits()
        self._plain.pace = FAST_PACE
        failing_since = time.time()
        self._disk.fail(syncs_only=trouble.syncs_only)
        later = self._while_failing()
        if trouble.kills:
            self._kill(failing_since)
        self._recover(trouble, later)

    def _while_failing(self) -> list[Artifact]:
        """What writers with acknowledgements wrote meanwhile."""
        self._until("/readyz is 503", self._is_not_ready, PATIENCE, self._write_a_little)
        before = set(self.oracle.artifacts)
        self._expect_deliveries(sys.maxsize)
        self._expect_steadily_not_ready()
        self._expect_no_plain_wait()
        later = [each for each in self.oracle.artifacts if each not in before and each.writer >= 0]
        self._expect_held(later)
        if not self._is_not_ready() or CAUSE not in self.relay.status.describe():
            self._wrong(f"/readyz does not name the cause: {self.relay.status.describe()}")
        return later

    def _expect_steadily_not_ready(self) -> None:
        """By the log, which says it anew whenever it was ready in between."""
        before = self.relay.log_path.read_text().count(OBSTRUCTED)
        self._write_for(LASTING)
        if self.relay.log_path.read_text().count(OBSTRUCTED) != before:
            self._wrong("it was ready in between, while the disk failed")

    def _expect_held(self, later: list[Artifact]) -> None:
        """Nothing that was written on the failing disk is acknowledged or sent."""
        writers = {each.writer for each in later}
        if len(writers) != (0 if self._is_plain_only else len(self._steady)):
            self._wrong(f"while the disk failed, only these writers wrote: {writers}")
        for each in later:
            if each.acknowledged or each in self.oracle.posts:
                self._wrong(f"{each} was {'acknowledged' if each.acknowledged else 'sent'} while the disk failed")

    def _kill(self, failing_since: float) -> None:
        self.oracle.killed("daemon")
        self.relay.kill()
        self.oracle.unrecorded.append((failing_since, time.time()))

    def _recover(self, trouble: Trouble, later: list[Artifact]) -> None:
        """By itself: nobody writes anything new but the plain writer."""
        self._disk.heal()
        if trouble.kills:
            self.relay.launch()
        healed = time.monotonic()
        self._until("/readyz is 200 again", self._is_ready, PATIENCE)
        ready = time.monotonic()
        self._until("the held lines are acknowledged", lambda: all(each.acknowledged for each in later), PATIENCE)
        self._plain.pace = PACE
        known = set(self.oracle.artifacts)
        self._until("new lines of the plain writer are delivered", lambda: self._is_plain_delivered(known), PATIENCE)
        self._is_plain_only = False
        self._drain()
        print(f"  {trouble.name}: {len(later)} artifacts held, ready {ready - healed:.1f} s after the errors, drained "
              f"{time.monotonic() - ready:.1f} s later; plain writer waited {self._plain.longest_wait:.2f} s at most",
              flush=True)

    def _write_a_little(self) -> None:
        if not self._is_plain_only:
            super()._write_a_little()

    def _is_acknowledged(self) -> bool:
        return all(each.is_idle for each in self._writers)

    def _is_plain_delivered(self, known: set[Artifact]) -> bool:
        return any(
            self._is_delivered(each) for each in self.oracle.artifacts if each.writer < 0 and each not in known)

    def _wrong(self, what: str) -> None:
        self.oracle.violation(f"round {self.rounds + 1}: {what}")
