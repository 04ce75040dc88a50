"""The relay under load on a disk that fails and recovers in each round."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from author import Author
from behaviour import HEALTHY, Answer
from ordering import is_delivered
from plain_writer import PlainWriter
from receiver import Receiver
from relay import Relay
from run import Run
from workload import Artifact
from writer import Writer

RELAY_OPTIONS = [
    "--retry-base-delay", "200ms", "--retry-multiplier", "1.5", "--retry-max-delay", "2s", "--timeout", "1s",
    "--unmatched-grace", "20s", "--history-max-deliveries", "10000000",
]
MAX_WAIT = 30.0
"""Seconds until the relay must detect the failure, or the recovery."""
LONGEST_WRITE = 2.5
"""Maximum seconds for which a plain writer may be blocked."""
BUSY = Answer("status", 503)


class DiskTrouble(Run):
    """Two writers with acknowledgements, a plain one and a healthy receiver; subclasses define a round."""

    def __init__(
        self, options: Namespace, binary: Path, directory: Path, state: Path, *, breaks: float = 0.01,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``options``: ``seed``, ``rounds`` and ``drain_seconds``. ``breaks``: see ``Writer``."""
        super().__init__(options)
        self._breaks = breaks
        self.relay = Relay(binary, directory, state, *RELAY_OPTIONS, environment=environment)
        self._healthy = Receiver(self.oracle, lambda *_: HEALTHY)
        self._steady = [self._writer_without_breaks(number, self._healthy, None) for number in range(2)]
        self._writers = list(self._steady)
        self._plain = PlainWriter(
            self.relay.socket, self.oracle, options.seed, self._healthy.port, pace=20, size=2_000)

    def _writer_without_breaks(self, number: int, receiver: Receiver, body_size: int | None) -> Writer:
        author = Author(
            number, self._options.seed, self.oracle, [receiver.port], [], late=False,
            body_size=body_size or 300, max_retries=(100,))
        return self._writer(number, author, grace=False, breaks=self._breaks)

    # Checks for every kind of failure

    def _expect_deliveries(self, limit: int) -> None:
        """Artifacts acknowledged earlier are delivered; waits for at most ``limit`` of them."""
        waiting = self._undelivered()
        enough = min(len(waiting), limit)
        self._healthy.plan = lambda *_: HEALTHY
        self._until(
            f"{enough} of the {len(waiting)} artifacts that were waiting are delivered despite the disk",
            lambda: sum(map(self._is_delivered, waiting)) >= enough, 10, self._write_a_little)

    def _expect_no_plain_wait(self) -> None:
        if self._plain.max_wait > LONGEST_WRITE:
            self.oracle.violation(
                f"round {self.rounds + 1}: a plain writer was blocked for {self._plain.max_wait:.1f} s")

    def _undelivered(self) -> list[Artifact]:
        """Acknowledged artifacts that the healthy receiver does not have yet."""
        return [
            each for each in self.oracle.artifacts
            if each.acknowledged and each.workflow.registrations[0].port == self._healthy.port
            and not self._is_delivered(each)
        ]

    def _is_delivered(self, artifact: Artifact) -> bool:
        return any(is_delivered(post) for post in list(self.oracle.posts.get(artifact, ())))

    # Load

    def _write_a_little(self) -> None:
        for writer in self._steady:
            writer.budget = max(writer.budget, 2)

    def _write_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._write_a_little()
            time.sleep(0.05)

    # Waiting

    def _until(
        self, what: str, holds: Callable[[], bool], seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> bool:
        """Wait until the condition holds; False, and a violation, after a timeout."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds():
                return True
            meanwhile()
            time.sleep(0.05)
        self.oracle.violation(f"round {self.rounds + 1}: not within {seconds:.0f} s: {what}. {self._state()}")
        return False

    def _drain(self) -> bool:
        return self._until("everything is delivered", self._is_drained, self._options.drain_seconds)

    def _is_ready(self) -> bool:
        return self.relay.status.readiness() == 200

    def _is_not_ready(self) -> bool:
        return self.relay.status.readiness() == 503

    def _is_drained(self) -> bool:
        return self.relay.status.pending() == 0 and all(each.is_idle for each in self._writers)

    def _state(self) -> str:
        """The state of the relay, for a violation."""
        files = {each.name: each.stat().st_size for each in self.relay.state.parent.rglob("*") if each.is_file()}
        state = self.relay.status.describe()
        return f"exit code {self.relay.ended()}, {state}, files {files}, log: {self.relay.log_tail()}"
