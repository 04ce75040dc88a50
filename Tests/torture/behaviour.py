"""Random answers of receivers; they depend on the seed, not on the order in which requests arrive."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The answer to one request."""

    kind: str
    """``status``, ``reset`` (the connection), ``hang`` (no answer), ``cut`` (a 200 whose body breaks off)."""
    status: int = 200
    delay: float = 0
    """Seconds before the answer."""


HEALTHY = Answer("status")
DEAD = Answer("reset")
HANG_SECONDS = 1.5
"""Seconds; longer than the relay's timeout."""


def flaky(seed: str, webhook_id: str, attempt: int, repeat: int) -> Answer:
    """The answer of a receiver that fails about every third request."""
    chance = random.Random(f"{seed} {webhook_id} {attempt} {repeat}")
    draw = chance.random()
    if draw < 0.62:
        return Answer("status", chance.choice([200, 200, 200, 201, 202, 204]))
    if draw < 0.68:
        return Answer("status", 200, chance.uniform(0, 0.2))
    if draw < 0.86:
        return Answer("status", chance.choice([500, 500, 503, 429, 404, 410, 302]), chance.choice([0, 0, 0.05]))
    if draw < 0.98:
        return Answer("reset", delay=chance.choice([0, 0, 0.02]))
    return Answer("cut") if draw < 0.995 else Answer("hang", delay=HANG_SECONDS)
