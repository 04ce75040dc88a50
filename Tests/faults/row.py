"""One row of the fault matrix: what a receiver does, and how the relay must react."""

from __future__ import annotations

from dataclasses import dataclass, replace

from behaviours import OK, Reply
from certificates import TLSEnd
from http2_receiver import HTTP2
from names import Host
from raw_receiver import Behaviour
from sending import Interrupting

TIMEOUT = 2.0
"""Seconds that the daemons give an attempt (``timeout``)."""
BASE_DELAY = 0.3
"""Seconds of the first wait (``retry.base-delay``); the second one is twice that."""
MAX_DELAY = 6.0
"""Maximum wait in seconds (``retry.max-delay``); longer than the relay caches the addresses of a name."""
RETRIES = 2
SLACK = 1.5
"""Seconds by which an attempt or a wait may exceed its expected time on a busy machine."""


@dataclass(frozen=True)
class Expectation:
    """How each delivery of a row ends."""

    error: str | None
    """The class of the last attempt, or None: delivered."""
    attempts: int
    or_error: str | None = None
    """An alternative class that any attempt may have."""
    first_error: str | None = None
    """The class of the attempts before the last one, if it differs."""
    min_seconds: float = 0.0
    """Each attempt lasts at least ``min_seconds``, and at most ``max_seconds`` plus the slack."""
    max_seconds: float = 0.0
    waits: tuple[float, ...] = (BASE_DELAY, 2 * BASE_DELAY)
    """Minimum seconds from the end of each attempt to the next one; at most a tenth plus the slack longer."""
    arrives: bool | None = True
    """True: every attempt's request arrives complete; False: none does; None: those of successful attempts do."""
    sendings: range | None = None
    """How many times requests begin to arrive, over all attempts; None: any number. It exceeds the number of attempts where
    libcurl, or the relay within an attempt, sends a request again."""

    @property
    def outcome(self) -> str:
        return "delivered" if self.error is None else "failed"


@dataclass(frozen=True)
class Row:
    """A receiver with its own origin, and the expected outcome of its deliveries."""

    name: str
    receiver: Behaviour | HTTP2 | Interrupting | None
    """None: nothing listens on the port."""
    expected: Expectation
    why: str = ""
    """An explanation, if the other columns need one."""
    url: str = "http://127.0.0.1:{port}/hook"
    at: tuple[str, ...] = ("127.0.0.1",)
    """The addresses at which requests arrive: at each of these, if at all, and at no other."""
    tls: TLSEnd | None = None
    host: Host | None = None
    """The name server's answers for the host of the URL."""
    artifacts: int = 1
    """Sent one after another, each when the one before is final."""
    is_burst: bool = False
    """All artifacts but the first are sent at once."""
    size: int = 0
    """The approximate length of each body in bytes; 0: short."""
    neighbours: int = 0
    """Artifacts sent together once an attempt of the first one has failed. Each arrives at its first attempt, and not
    before the first one's wait is over."""
    retries: int = RETRIES
    daemon: str = "main"
    """``main``; ``strict``, which allows public addresses only; ``proxied``, which has a proxy; ``trusting``, which has a
    certificate authority in addition to the system's."""


DELIVERED = Expectation(None, 1)


def fails(error: str, attempts: int = 1 + RETRIES, **more: object) -> Expectation:
    return replace(Expectation(error, attempts), **more)


def recovers(after: str, attempts: int = 2, **more: object) -> Expectation:
    """Delivered after attempts that failed with this class."""
    return replace(Expectation(None, attempts, first_error=after), **more)


def times_out(**more: object) -> Expectation:
    return fails("timeout", **({"min_seconds": TIMEOUT, "max_seconds": TIMEOUT} | more))


HEALTHY = Reply(OK)
"""A receiver that answers 200."""
