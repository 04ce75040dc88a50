"""Work that a request books and does not wait for."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable


class Handover:
    """Does what was booked, in order, when the event loop comes to it: mostly once the answer is out.

    Work must not raise. A forked child starts with nothing booked.
    """

    def __init__(self) -> None:
        self._start_afresh()
        reference = weakref.WeakMethod(self._start_afresh)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    def _start_afresh(self) -> None:
        self._booked: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def book(self, work: Callable[[], None]) -> None:
        """Let the running event loop do ``work`` in a moment."""
        self._booked.append(work)
        asyncio.get_running_loop().call_soon(self.finish)

    def finish(self) -> None:
        """Do everything that is booked. Any thread may call it; two at once keep the order, too."""
        with self._lock:
            while self._booked:
                self._booked.popleft()()
