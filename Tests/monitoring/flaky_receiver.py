"""A receiver that fails by a plan, and counts what it does."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter

from behaviour import HEALTHY, Answer
from receiver import Listener, answer

MAX_ATTEMPTS = 4
"""The first attempt and three retries: the relay's default."""
PERIOD = 20
"""Artifacts after which the plan repeats."""
SLOW_SECONDS = 0.35
"""So that p95 lies within the bucket from 0.25 to 0.5."""


def plan(number: int, attempt: int) -> Answer:
    """The answer to an attempt of an artifact."""
    match number % PERIOD:
        case 0:
            return Answer("status", 500)
        case 1:
            return Answer("status", 502) if attempt == 1 else HEALTHY
        case 2:
            return Answer("reset") if attempt < MAX_ATTEMPTS else HEALTHY
        case 4 | 5 | 6 | 7:
            return Answer("status", 204, SLOW_SECONDS)
        case _:
            return HEALTHY


class Oracle:
    """What the relay must have counted, from the receiver's point of view."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: dict[tuple[str, int], Answer] = {}
        self._arrived: dict[str, float] = {}
        self.created: dict[str, float] = {}
        """Artifact id → wall clock when its line was made."""

    def answered(self, artifact: str, attempt: int, reply: Answer) -> None:
        """libcurl may repeat a request whose kept connection is reset; that is one attempt."""
        with self._lock:
            self._attempts[artifact, attempt] = reply
            if reply.kind == "status" and reply.status < 300:
                self._arrived.setdefault(artifact, time.time())

    @property
    def delivered(self) -> int:
        return len(self._arrived)

    @property
    def failed(self) -> int:
        return sum(artifact not in self._arrived for artifact, attempt in self._attempts if attempt == MAX_ATTEMPTS)

    @property
    def recovered(self) -> int:
        return sum(
            attempt > 1 and self._is_success(reply) for (_, attempt), reply in self._attempts.items())

    @property
    def attempts(self) -> Counter[str]:
        """By outcome, as the relay names them."""
        return Counter(
            "error" if reply.kind == "reset" else "2xx" if self._is_success(reply) else "non_2xx"
            for reply in self._attempts.values())

    @property
    def errors(self) -> Counter[str]:
        """Failed attempts by class."""
        return Counter(
            "connection_reset" if reply.kind == "reset" else f"http_{reply.status}"
            for reply in self._attempts.values() if not self._is_success(reply))

    def quantile(self, share: float) -> float:
        """Seconds from creation to the answer, of the deliveries that arrived."""
        seconds = sorted(at - self.created[artifact] for artifact, at in self._arrived.items())
        return seconds[int(share * len(seconds))]

    @staticmethod
    def _is_success(reply: Answer) -> bool:
        return reply.kind == "status" and reply.status < 300


class FlakyReceiver(Listener):
    """Answers by the plan, and tells the oracle."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        artifact, attempt = headers["x-flock-artifact-id"], int(headers["x-flock-attempt"])
        reply = plan(int(artifact[1:]), attempt)
        time.sleep(reply.delay)
        self.oracle.answered(artifact, attempt, reply)
        return answer(connection, reply)
