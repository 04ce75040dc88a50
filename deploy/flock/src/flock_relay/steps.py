"""Steps that run after an answer, because the answer does not depend on them."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

MAX_DELAY = 0.005
"""Maximum number of seconds that a step waits for the end of an answer."""


class Steps:
    """Runs steps in the order of their ``add``, soon, on the event loop that added them.

    Steps must not raise. Any thread may call ``run``, which runs what is left at once.
    """

    def __init__(self) -> None:
        self._running = threading.RLock()  # Held while steps run, so that they keep their order.
        self._steps: deque[Callable[[], None]] = deque()
        self._soon: asyncio.AbstractEventLoop | None = None
        self._later: asyncio.AbstractEventLoop | None = None

    def add(self, step: Callable[[], None], *, after_answer: bool = False) -> None:
        """Run ``step`` in the next callback of the event loop; at once without an event loop.

        ``after_answer``: wait for ``answered``, but no longer than ``MAX_DELAY``.
        """
        self._steps.append(step)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.run()
            return
        if not after_answer:
            self._run_soon(loop)
        elif loop is not self._later:
            # One timer for the steps of all requests meanwhile: one for each would fire within later ones.
            self._later = loop
            loop.call_later(MAX_DELAY, self._run_late)

    def answered(self) -> None:
        """An answer is sent: run the steps in the next callback of the event loop."""
        if self._steps:
            self._run_soon(asyncio.get_running_loop())

    def run(self) -> None:
        """Run the steps now."""
        with self._running:
            self._soon = None
            while self._steps:
                self._steps.popleft()()

    def _run_late(self) -> None:
        self._later = None
        self.run()

    def _run_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        # An event loop that has ended runs nothing, so another one schedules again.
        if loop is not self._soon:
            self._soon = loop
            loop.call_soon(self.run)
