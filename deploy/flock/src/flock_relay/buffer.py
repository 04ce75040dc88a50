"""The lines a relay has not acknowledged yet: bounded, in order, without any I/O.

Not thread-safe: the owner must hold a lock during every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

LINE_OVERHEAD = 256
"""Bytes counted for each line in addition to its content: the objects that hold it."""


class Line:
    """One event line, ended by LF, and the workflow (correlation id) it belongs to.

    Serialisation may be deferred until the relay reads the line, so that it does not
    delay the event loop.
    """

    __slots__ = ("_content", "cost", "is_registration", "workflow")

    def __init__(
        self,
        workflow: str,
        content: bytes | Callable[[], bytes],
        is_registration: bool = False,
        size: int | None = None,
    ) -> None:
        """``content``: the line, or a function that writes it. ``size``: approximate bytes of an unwritten line."""
        self.workflow = workflow
        self._content = content
        self.is_registration = is_registration
        self.cost = LINE_OVERHEAD + (len(self.data) if size is None else size)
        """Bytes counted for this line in the buffer; never changes."""

    @property
    def data(self) -> bytes:
        """The line itself, written at the first access. Raises the errors of writing."""
        content = self._content
        if not isinstance(content, bytes):
            content = self._content = content()
        return content

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        return (self.workflow, self.is_registration, self.data) == (
            other.workflow,
            other.is_registration,
            other.data,
        )

    __hash__ = None  # type: ignore[assignment]


class OutboundBuffer:
    """Keeps every line until it is acknowledged, and knows which to send next.

    Each line has an index that only grows. ``_kept`` holds the lines by index, in
    order. ``_unsent`` are the indexes not yet sent on the current connection,
    ``_sent`` those already sent, in the order the relay counts them. A line that was
    dropped after it was sent keeps its place in ``_sent``: the relay counts it.

    When full, the oldest artifacts are dropped first. A registration is dropped only when
    no artifact is left, so that no artifact is ever sent without its registration.
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
        if self._size + line.cost > self._limit and not self._make_room(line, dropped):
            dropped.append(line)
            return dropped
        index = self._next_index
        self._next_index = index + 1
        self._kept[index] = line
        self._size += line.cost
        self._unsent.append(index)
        if not line.is_registration:
            self._artifacts.append(index)
        return dropped

    def _make_room(self, line: Line, dropped: list[Line]) -> bool:
        """Move lines to ``dropped`` until ``line`` fits; False if ``line`` itself must be dropped."""
        if line.cost > self._limit:
            return False
        while self._size + line.cost > self._limit:
            victim = self._oldest_artifact()
            if victim is None:
                if not line.is_registration:
                    return False  # Only registrations are left; one may belong to this artifact.
                victim = next(iter(self._kept))
            dropped.append(self._remove(victim))
        return True

    def start_connection(self, greetings: int) -> None:
        """Start a new connection, on which all lines are sent again.

        ``greetings``: lines that the caller writes first; the relay counts them.
        """
        self._greetings = self._taken = greetings
        self._acknowledged = 0
        self._sent.clear()
        self._unsent = deque(self._kept)

    def take(self, limit: int) -> bytes:
        """The next lines to write, about ``limit`` bytes but at least one; b"" if none."""
        return b"".join([line.data for line in self.take_lines(limit)])

    def take_lines(self, limit: int) -> list[Line]:
        """The next lines to write, about ``limit`` bytes by their cost but at least one; [] if none."""
        lines: list[Line] = []
        size = 0
        while self._unsent and size < limit:
            index = self._unsent.popleft()
            line = self._kept.get(index)
            if line is None:
                continue
            self._sent.append(index)
            self._taken += 1
            lines.append(line)
            size += line.cost
        return lines

    def acknowledge(self, count: int) -> None:
        """Remove the first ``count`` lines of this connection, which the relay has acknowledged.

        Raises ``ValueError`` if fewer lines were sent.
        """
        if count > self._taken:
            raise ValueError(f"line {count} acknowledged, but only {self._taken} were sent")
        while self._acknowledged < count:
            self._acknowledged += 1
            if self._acknowledged > self._greetings:
                self._forget(self._sent.popleft())

    def line(self, number: int) -> Line | None:
        """The line the relay calls ``number`` (from 1), if it is still kept."""
        position = number - 1 - max(self._acknowledged, self._greetings)
        if not 0 <= position < len(self._sent):
            return None
        return self._kept.get(self._sent[position])

    def _oldest_artifact(self) -> int | None:
        while self._artifacts:
            if self._artifacts[0] in self._kept:
                return self._artifacts[0]
            self._artifacts.popleft()
        return None

    def _forget(self, index: int) -> None:
        if index in self._kept:
            self._remove(index)
        # Lines are acknowledged in order, so stale indexes are at the front.
        while self._artifacts and self._artifacts[0] not in self._kept:
            self._artifacts.popleft()

    def _remove(self, index: int) -> Line:
        line = self._kept.pop(index)
        self._size -= line.cost
        return line
