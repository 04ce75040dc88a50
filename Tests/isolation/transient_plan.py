"""Which attempt of which artifact fails, and how: chance that follows from the seed alone."""

from __future__ import annotations

import random
from collections import Counter

from exchange import OK, RESET, status_reply

SHARE = 0.3
"""Of all attempts, that fail."""
HANG = "hang"
"""No answer: the attempt ends with the relay's timeout."""
REPLIES: dict[str, bytes | None] = {
    "http_500": status_reply(500), "http_503": status_reply(503), "reset": RESET, HANG: None,
}
"""Each is as likely as the others."""
GOOD = "2xx"


class TransientPlan:
    """Goes by artifact and attempt number: an attempt that the relay makes again fares like it did before."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def fate(self, number: int, attempt: int) -> str:
        """``2xx``, or a key of ``REPLIES``."""
        chance = random.Random(f"{self._seed} {number} {attempt}")
        return chance.choice(list(REPLIES)) if chance.random() < SHARE else GOOD

    def reply(self, number: int, attempt: int) -> bytes | None:
        fate = self.fate(number, attempt)
        return OK if fate == GOOD else REPLIES[fate]

    def attempts(self, number: int, most: int) -> tuple[int, bool]:
        """How many attempts an artifact must take, of ``most``, and whether the last one succeeds."""
        for attempt in range(1, most + 1):
            if self.fate(number, attempt) == GOOD:
                return attempt, True
        return most, False

    def faults(self, count: int, most: int) -> Counter[str]:
        """Failed attempts by kind over the artifacts 0 to ``count`` - 1."""
        return Counter(
            fate for number in range(count) for attempt in range(1, self.attempts(number, most)[0] + 1)
            if (fate := self.fate(number, attempt)) != GOOD)
