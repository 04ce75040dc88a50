"""The workflows that this process registered; only their artifacts go to the relay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flock.core.visibility import Visibility

type MayRead = Callable[[Visibility], bool]
"""Whether the caller who registered a webhook may read an artifact of this visibility."""


@dataclass(slots=True)
class Workflow:
    """What the bridge knows of one workflow.

    ``is_complete`` becomes False when an artifact of it is dropped; then its completion is
    not sent, because it would claim that every artifact was. ``is_discarded`` becomes True
    when its registration is dropped; then none of its artifacts is sent.
    """

    may_read: MayRead
    is_complete: bool = True
    is_discarded: bool = False


class Workflows:
    """Workflows by correlation id; forgets the longest idle one when it is full, and counts it.

    Only one thread may use it; any thread may call ``discard`` and ``mark_incomplete``.
    """

    def __init__(self, limit: int) -> None:
        """``limit``: maximum of workflows, about 500 bytes each."""
        if limit <= 0:
            raise ValueError(f"the bridge needs a positive limit of workflows, not {limit}")
        self._limit = limit
        self._by_last_use: dict[str, Workflow] = {}
        self.forgotten = 0
        """Workflows that were forgotten for newer ones; their later artifacts are not sent."""

    def __len__(self) -> int:
        return len(self._by_last_use)

    def add(self, correlation_id: str, may_read: MayRead) -> None:
        """Remember a workflow as the one used last; forgets the longest idle one if there are too many."""
        self._by_last_use.pop(correlation_id, None)
        if len(self._by_last_use) >= self._limit:
            self._by_last_use.pop(next(iter(self._by_last_use)), None)
            self.forgotten += 1
        self._by_last_use[correlation_id] = Workflow(may_read)

    def use(self, correlation_id: str) -> Workflow | None:
        """The workflow, which is now the one used last; None if it is not remembered."""
        workflow = self._by_last_use.pop(correlation_id, None)
        if workflow is not None:
            self._by_last_use[correlation_id] = workflow
        return workflow

    def mark_incomplete(self, correlation_id: str) -> None:
        """An artifact of the workflow was dropped."""
        if (workflow := self._by_last_use.get(correlation_id)) is not None:
            workflow.is_complete = False

    def discard(self, correlation_id: str) -> None:
        """Forget the workflow, remembered or not."""
        if (workflow := self._by_last_use.pop(correlation_id, None)) is not None:
            workflow.is_discarded = True
