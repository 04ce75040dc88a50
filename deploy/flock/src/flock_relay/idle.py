"""Tells when nothing of a workflow is under way any more in a served Flock.

A workflow is idle when no publication of it runs, no agent task holds an artifact of it,
and none of its artifacts waits in a join, an AND gate or a batch. Publications and tasks
are counted. Waiting artifacts are not: Flock drops them without a sign when a join expires
or an AND gate has surplus inputs, so the collections themselves are read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Set

RECHECK = 1.0
"""Seconds between two checks while a workflow has waiting artifacts and nothing else happens."""

CHECK_DELAY = 0.005
"""Seconds from the end of some work to the check that follows, which covers everything that ends
meanwhile. A check within the request that began the work would delay its answer."""

PAUSE_FACTOR = 50
"""A check that took n seconds is followed by a pause of this many times n, so that reading
large collections takes at most 2 % of the event loop's time."""


class IdleTracker:
    """Counts the work of all workflows, and reports each watched one once, when it is idle.

    The counts cover every workflow, watched or not, because a workflow may be watched
    while it is already running. An entry exists only while its work does, so memory is
    bounded by the work under way and the number of watched workflows.

    Belongs to one Flock and is used on its event loop only.
    """

    def __init__(
        self, waiting: Callable[[Set[str]], set[str]], completed: Callable[[str], None], limit: int = 100_000
    ) -> None:
        """``waiting`` returns those of the given workflows that have a waiting artifact.

        ``completed`` is called with each watched workflow when it is idle, which is then
        no longer watched. It must return at once and not raise. ``limit``: maximum of
        watched workflows, at least 1 and about 200 bytes each; of more, the one that was
        watched first is not reported.
        """
        self._waiting = waiting
        self._completed = completed
        self._under_way: dict[str, int] = {}
        self._limit = limit
        self._watched: dict[str, None] = {}
        self._candidates: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._check_handle: asyncio.Handle | None = None
        self._recheck_handle: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def __len__(self) -> int:
        """Workflows that are watched."""
        return len(self._watched)

    def watch(self, workflow: str) -> None:
        """Report ``workflow`` once when it is idle. Watching it again later reports it again."""
        self._watched.setdefault(workflow)
        if len(self._watched) > self._limit:
            self.unwatch(next(iter(self._watched)))
        if workflow not in self._under_way:
            self._candidates.add(workflow)
            self._check_soon()

    def unwatch(self, workflow: str) -> None:
        """Do not report ``workflow``, watched or not."""
        self._watched.pop(workflow, None)
        self._candidates.discard(workflow)

    def begin(self, workflow: str) -> None:
        """Count one publication or task of ``workflow``; each call needs one of ``end``."""
        self._under_way[workflow] = self._under_way.get(workflow, 0) + 1

    def end(self, workflow: str) -> None:
        """The publication or task is over, with everything it published itself."""
        left = self._under_way[workflow] - 1
        if left:
            self._under_way[workflow] = left
        else:
            del self._under_way[workflow]
            if workflow in self._watched:
                self._candidates.add(workflow)
        # Whatever ended, it may have removed the waiting artifacts of any other workflow.
        if self._candidates:
            self._check_soon()

    def cut_off(self, workflows: Iterable[str]) -> None:
        """Work of these workflows was cancelled or refused: they stop without being done."""
        for workflow in workflows:
            self.unwatch(workflow)

    def check_now(self) -> None:
        """Check at once, if a check is due later: the event loop is about to end."""
        if self._check_handle is not None:
            self._check()

    def _check_soon(self) -> None:
        """Check in a later callback of the event loop, not before the pause is over.

        Never at once: a caller of ``end`` may be about to ``begin`` other work of the
        same workflow, without suspending in between.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # Watched before the event loop runs; the next end of any work checks it.
        if loop is not self._loop:  # Handles of an event loop that has ended never run.
            self._loop, self._check_handle, self._recheck_handle = loop, None, None
        if self._check_handle is not None:
            return
        pause = self._not_before - time.monotonic()
        self._check_handle = loop.call_later(max(pause, CHECK_DELAY), self._check)

    def _check(self) -> None:
        """Report the idle ones among the candidates; the others stay candidates or are counted again."""
        for handle in (self._check_handle, self._recheck_handle):
            if handle is not None:
                handle.cancel()
        self._check_handle = self._recheck_handle = None
        begun = time.monotonic()
        self._candidates = {workflow for workflow in self._candidates if workflow not in self._under_way}
        waiting = self._waiting(self._candidates) if self._candidates else set()
        idle = self._candidates - waiting
        self._candidates = waiting
        ended = time.monotonic()
        self._not_before = ended + min(PAUSE_FACTOR * (ended - begun), RECHECK)
        if waiting:
            self._recheck_handle = asyncio.get_running_loop().call_later(RECHECK, self._check)
        for workflow in idle:
            del self._watched[workflow]
            self._completed(workflow)
