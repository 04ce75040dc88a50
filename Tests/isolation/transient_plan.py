"""Decides which attempt of which artifact fails, and how; depends on the seed only."""

from __future__ import annotations

import random
from collections import Counter

from exchange import OK, RESET, status_reply

SHARE = 0.3
"""The share of attempts that fail."""
HANG = "hang"
"""No answer: the attempt ends with the relay's timeout."""
REPLIES: dict[str, bytes | None] = {
    "http_500": status_reply(500), "http_503": status_reply(503), "reset": RESET, HANG: None,
}
"""All are equally likely."""
GOOD = "2xx"


class TransientPlan:
    """Depends on artifact and attempt number: a repeated attempt has the same outcome."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def outcome(self, number: int, attempt: int) -> str:
        """``2xx``, or a key of ``REPLIES``."""
        chance = random.Random(f"{self._seed} {number} {attempt}")
        return chance.choice(list(REPLIES)) if chance.random() < SHARE else GOOD

    def reply(self, number: int, attempt: int) -> bytes | None:
        outcome = self.outcome(number, attempt)
        return OK if outcome == GOOD else REPLIES[outcome]

    def attempts(self, number: int, limit: int) -> tuple[int, bool]:
        """How many attempts an artifact must take, of ``limit``, and whether the last one succeeds."""
        for attempt in range(1, limit + 1):
            if self.outcome(number, attempt) == GOOD:
                return attempt, True
        return limit, False

    def faults(self, count: int, limit: int) -> Counter[str]:
        """Failed attempts by kind over the artifacts 0 to ``count`` - 1."""
        return Counter(
            outcome for number in range(count) for attempt in range(1, self.attempts(number, limit)[0] + 1)
            if (outcome := self.outcome(number, attempt)) != GOOD)
