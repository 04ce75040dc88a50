"""The lines that the relay has not acknowledged yet: bounded in bytes, in order, without any I/O.

Not thread-safe: the owner must hold a lock during every call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

LINE_OVERHEAD = 256
"""Bytes counted for each line in addition to its content: the objects that hold it."""


class Kind(Enum):
    """What a line says."""

    REGISTRATION = "registration"
    ARTIFACT = "artifact"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Line:
    """One event line, ended by LF, and the workflow (correlation id) that it belongs to."""

    workflow: str
    data: bytes = field(repr=False)  # May contain secrets.
    kind: Kind = Kind.ARTIFACT

    @property
    def cost(self) -> int:
        """Bytes counted for this line in the buffer."""
        return LINE_OVERHEAD + len(self.data)


class OutboundBuffer:
    """Keeps every line until it is acknowledged, and knows which to send next.

    Each line has an index that only grows. ``_kept`` holds the lines by index, in
    order. ``_unsent`` are the indexes not yet sent on the current connection,
    ``_sent`` those already sent, in the order in which the relay counts them. A line that
    was dropped after it was sent keeps its place in ``_sent``: the relay counts it.

    When the buffer is full, the oldest artifacts are dropped first, each with the completion
    of its workflow, which would otherwise claim that every artifact was sent. A registration
    is dropped only when no artifact is left, so that none is sent without its registration.
    """

    def __init__(self, limit: int) -> None:
        """``limit``: maximum bytes, overhead included."""
        if limit <= 0:
            raise ValueError(f"the buffer needs a positive limit in bytes, not {limit}")
        self._limit = limit
        self._size = 0
        self._next_index = 0
        self._kept: dict[int, Line] = {}
        self._artifacts: deque[int] = deque()
        self._completions: dict[str, int] = {}
        self._unsent: deque[int] = deque()
        self._sent: deque[int] = deque()
        self._greetings = 0
        self._taken = 0
        self._acknowledged = 0

    def __len__(self) -> int:
        """Lines kept: neither acknowledged nor dropped."""
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes counted for all lines, overhead included."""
        return self._size

    def add(self, line: Line) -> list[Line]:
        """Add ``line``; return the lines dropped for it, possibly ``line`` itself."""
        dropped: list[Line] = []
        cost = line.cost
        if self._size + cost > self._limit and not self._make_room(line, dropped):
            dropped.append(line)
            if line.kind is Kind.ARTIFACT:
                self._drop_completion(line.workflow, dropped)
            return dropped
        index = self._next_index
        self._next_index += 1
        self._kept[index] = line
        self._size += cost
        self._unsent.append(index)
        if len(self._unsent) > 2 * len(self._kept) + 64:  # Mostly indexes of dropped lines.
            self._unsent = deque(each for each in self._unsent if each in self._kept)
        if line.kind is Kind.ARTIFACT:
            self._artifacts.append(index)
        elif line.kind is Kind.COMPLETION:
            self._completions[line.workflow] = index
        return dropped

    def start_connection(self, greetings: int) -> None:
        """Start a new connection, on which all lines are sent again.

        ``greetings``: lines that the caller writes first; the relay counts them.
        """
        self._greetings = self._taken = greetings
        self._acknowledged = 0
        self._sent.clear()
        self._unsent = deque(self._kept)

    def take(self, limit: int) -> bytes:
        """The next lines to write, about ``limit`` bytes but at least one line; b"" if none."""
        lines: list[bytes] = []
        size = 0
        while self._unsent and size < limit:
            index = self._unsent.popleft()
            line = self._kept.get(index)
            if line is None:
                continue
            self._sent.append(index)
            self._taken += 1
            lines.append(line.data)
            size += len(line.data)
        return b"".join(lines)

    def acknowledge(self, count: int) -> None:
        """Remove the first ``count`` lines of this connection, which the relay has acknowledged.

        Raises ``ValueError`` if fewer lines were sent.
        """
        if count > self._taken:
            raise ValueError(f"line {count} acknowledged, but only {self._taken} were sent")
        while self._acknowledged < count:
            self._acknowledged += 1
            if self._acknowledged > self._greetings:
                index = self._sent.popleft()
                if index in self._kept:
                    self._remove(index)
        self._oldest_artifact()

    def line(self, number: int) -> Line | None:
        """The line that the relay calls ``number`` (from 1), if it is still kept."""
        position = number - 1 - max(self._acknowledged, self._greetings)
        if not 0 <= position < len(self._sent):
            return None
        return self._kept.get(self._sent[position])

    def _make_room(self, line: Line, dropped: list[Line]) -> bool:
        """Move lines to ``dropped`` until ``line`` fits; False if ``line`` itself must be dropped."""
        if line.cost > self._limit:
            return False
        while self._size + line.cost > self._limit:
            oldest = self._oldest_artifact()
            if oldest is not None:
                dropped.append(self._remove(oldest))
                self._drop_completion(dropped[-1].workflow, dropped)
            elif line.kind is Kind.REGISTRATION:
                dropped.append(self._remove(next(iter(self._kept))))
            else:
                return False
        return True

    def _drop_completion(self, workflow: str, dropped: list[Line]) -> None:
        if (index := self._completions.get(workflow)) is not None:
            dropped.append(self._remove(index))

    def _oldest_artifact(self) -> int | None:
        """The index of the oldest artifact. Forgets the indexes of removed ones before it."""
        while self._artifacts and self._artifacts[0] not in self._kept:
            self._artifacts.popleft()
        return self._artifacts[0] if self._artifacts else None

    def _remove(self, index: int) -> Line:
        line = self._kept.pop(index)
        self._size -= line.cost
        if self._completions.get(line.workflow) == index:
            del self._completions[line.workflow]
        return line
