"""Rounds in which the files of the state directory fail with I/O errors and recover."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from disk_trouble import BUSY, MAX_WAIT, DiskTrouble
from failing_disk import FailingDisk
from workload import Artifact

PACE, FAST_PACE = 20.0, 500.0
"""Lines a second of the plain writer; the fast rate fills the socket within a second if the relay does not read."""
LASTING = 4.0
"""Seconds of load on the failing disk."""
OBSTRUCTED = "Not accepting events"
CAUSE = "I/O error"
"""The cause that ``/readyz`` must name."""


@dataclass(frozen=True)
class Trouble:
    """The kind of failure in a round."""

    name: str
    syncs_only: bool = False
    kills: bool = False
    plain_only: bool = False
    """Only the plain writer writes while the disk fails."""


TROUBLES = [
    Trouble("writes fail"),
    Trouble("syncs fail", syncs_only=True),
    Trouble("writes fail, killed", kills=True),
    Trouble("writes fail, plain writer only", plain_only=True),
]


class FailingRounds(DiskTrouble):
    """The disk fails for some seconds in each round; for the kinds of rounds see ``TROUBLES``."""

    def __init__(self, options: Namespace, binary: Path, directory: Path) -> None:
        state = directory / "state"
        self._disk = FailingDisk(directory, state)
        # After a reconnect a writer may get acknowledgements at once for lines accepted before the failure.
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
        """The artifacts that writers with acknowledgements wrote during the failure."""
        self._until("/readyz is 503", self._is_not_ready, MAX_WAIT, self._write_a_little)
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
        """The relay was never ready during the failure: the log has a new record after each time it was."""
        before = self.relay.log_path.read_text().count(OBSTRUCTED)
        self._write_for(LASTING)
        if self.relay.log_path.read_text().count(OBSTRUCTED) != before:
            self._wrong("the relay was ready while the disk failed")

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
        """The relay recovers without new lines, apart from those of the plain writer."""
        self._disk.heal()
        if trouble.kills:
            self.relay.launch()
        healed = time.monotonic()
        self._until("/readyz is 200 again", self._is_ready, MAX_WAIT)
        ready = time.monotonic()
        self._until("the held lines are acknowledged", lambda: all(each.acknowledged for each in later), MAX_WAIT)
        self._plain.pace = PACE
        known = set(self.oracle.artifacts)
        self._until("new lines of the plain writer are delivered", lambda: self._is_plain_delivered(known), MAX_WAIT)
        self._is_plain_only = False
        self._drain()
        print(f"  {trouble.name}: {len(later)} artifacts held, ready {ready - healed:.1f} s after the errors, drained "
              f"{time.monotonic() - ready:.1f} s later; plain writer waited {self._plain.max_wait:.2f} s at most",
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
