"""Rate-limited warnings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable


class QuietLog:
    """Logs at most one warning for each topic within ``interval`` seconds, and counts the rest."""

    def __init__(
        self,
        logger: logging.Logger,
        *,
        interval: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``interval``: seconds. ``clock``: seconds, monotonic."""
        self._logger = logger
        self._interval = interval
        self._clock = clock
        self._last: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def warning(self, topic: str, message: str, *values: object) -> None:
        """Log ``message % values`` unless ``topic`` was logged within the interval."""
        now = self._clock()
        last = self._last.get(topic)
        if last is not None and now - last < self._interval:
            self._suppressed[topic] = self._suppressed.get(topic, 0) + 1
            return
        self._last[topic] = now
        suppressed = self._suppressed.pop(topic, 0)
        if suppressed:
            message += " (and %d times more since the last such warning)"
            values = (*values, suppressed)
        self._logger.warning(message, *values)
