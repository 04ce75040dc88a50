"""Arrivals at healthy receivers, in memory that all processes share."""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable

from exchange import OK, field

Place = Callable[[bytes, int], int]
"""Workflow and sequence number → number of the artifact to which they belong."""

ARTIFACT = b"\r\nX-Flock-Artifact-Id: a"
WORKFLOW = b"\r\nX-Flock-Correlation-Id: "
SEQUENCE = b"\r\nX-Flock-Sequence: "


class Arrivals:
    """When each artifact arrived first, by its number (the artifact id is ``a`` and the number).

    Only one process may write the entry of a number; all may read. Eight bytes for each number, all zero at first.
    """

    def __init__(self, count: int) -> None:
        self.moments = memoryview(mmap.mmap(-1, 8 * count)).cast("d")
        """Monotonic seconds, which are the same in all processes of a machine; 0: not arrived yet."""


class Tally:
    """A receiver's counts. Written by its process, read by all."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, 3 * 8)).cast("Q")

    @property
    def requests(self) -> int:
        return self._counts[0]

    @property
    def distinct(self) -> int:
        """Artifacts that arrived at least once."""
        return self._counts[1]

    @property
    def misplaced(self) -> int:
        """Requests whose workflow and sequence number do not belong to their artifact."""
        return self._counts[2]

    def count(self, *, is_first: bool, is_misplaced: bool) -> None:
        self._counts[0] += 1
        self._counts[1] += is_first
        self._counts[2] += is_misplaced


class Sink:
    """A healthy receiver: answers 200, and records arrivals."""

    def __init__(self, arrivals: Arrivals, place: Place | None = None) -> None:
        self._moments = arrivals.moments
        self._place = place
        self.tally = Tally()

    def take(self, head: bytes) -> bytes:
        now = time.monotonic()
        number = int(field(head, ARTIFACT))
        is_first = self._moments[number] == 0
        if is_first:
            self._moments[number] = now
        is_misplaced = self._place is not None and (
            self._place(field(head, WORKFLOW), int(field(head, SEQUENCE))) != number)
        self.tally.count(is_first=is_first, is_misplaced=is_misplaced)
        return OK
