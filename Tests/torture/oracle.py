"""Records every line that was written, acknowledged and posted."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from workload import Artifact, Workflow


@dataclass(eq=False, slots=True)
class Post:
    """One request at the receiver. Times are seconds of the wall clock."""

    sequence: int
    attempt: int
    registration: int
    arrived_at: float
    status: int | None = None
    """The status of the answer; None for a reset or a hang."""
    answered_at: float | None = None
    """Time just before the answer was sent."""


@dataclass(frozen=True)
class Kill:
    """An end of the daemon: ``daemon`` (SIGKILL) or ``term`` (SIGTERM)."""

    kind: str
    at: float


class Oracle:
    """Thread-safe. Violations are collected, never raised."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_webhook_id: dict[str, Artifact] = {}
        self.workflows: dict[str, Workflow] = {}
        self.posts: dict[Artifact, list[Post]] = defaultdict(list)
        self.kills: list[Kill] = []
        self.unrecorded: list[tuple[float, float]] = []
        """Spans before a kill in which the disk rejected all records: seconds of the wall clock."""
        self.violations: list[str] = []
        self.lines = 0
        self.moments = {name: threading.Event() for name in ("ack", "post", "answer")}
        """Set when such an event happens; the killer waits for these."""

    def add(self, workflow: Workflow) -> None:
        with self._lock:
            self.workflows[workflow.correlation_id] = workflow

    def expect(self, artifact: Artifact) -> None:
        """Call before the artifact is written."""
        with self._lock:
            self._by_webhook_id[artifact.webhook_id] = artifact

    def artifact(self, webhook_id: str) -> Artifact | None:
        with self._lock:
            return self._by_webhook_id.get(webhook_id)

    @property
    def artifacts(self) -> list[Artifact]:
        with self._lock:
            return list(self._by_webhook_id.values())

    def posted(self, artifact: Artifact, post: Post) -> int:
        """Record a request; returns how many with the same attempt number arrived before."""
        with self._lock:
            earlier = self.posts[artifact]
            earlier.append(post)
            count = sum(other.attempt == post.attempt for other in earlier) - 1
        self.moments["post"].set()
        return count

    def killed(self, kind: str) -> None:
        """Call before the signal is sent."""
        with self._lock:
            self.kills.append(Kill(kind, time.time()))

    def may_be_forgotten(self, post: Post) -> bool:
        """Whether the relay may have lost its record of this request."""
        return any(begin <= post.arrived_at <= end for begin, end in self.unrecorded)

    def violation(self, text: str) -> None:
        with self._lock:
            self.violations.append(text)
