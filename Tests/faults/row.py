"""One row of the fault matrix: what a receiver does, and what the relay must make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from behaviours import OK, Reply
from certificates import TLSEnd
from http2_receiver import HTTP2
from names import Host
from raw_receiver import Behaviour

TIMEOUT = 2.0
"""Seconds that the daemons give an attempt (``timeout``)."""
BASE_DELAY = 0.3
"""Seconds of the first wait (``retry.base-delay``); the second one is twice that."""
MAX_DELAY = 6.0
"""Longest wait in seconds (``retry.max-delay``); longer than the relay remembers the addresses of a name."""
RETRIES = 2
SLACK = 1.5
"""Seconds by which an attempt or a wait may be longer than it must be, on a busy machine."""


@dataclass(frozen=True)
class Expectation:
    """How each delivery of a row ends."""

    error: str | None
    """The class of the last attempt, or None: delivered."""
    attempts: int
    or_error: str | None = None
    """Another class that chance may put in the place of any."""
    first_error: str | None = None
    """The class of the attempts before the last one, if it is another one."""
    least: float = 0.0
    """Seconds that each attempt lasts at least; at most the slack longer than ``most``."""
    most: float = 0.0
    waits: tuple[float, ...] = (BASE_DELAY, 2 * BASE_DELAY)
    """Seconds from the end of each attempt to the next one at least; at most a tenth and the slack more."""
    arrives: bool | None = True
    """Whether each attempt brings its request to the receiver whole; False: none does; None: either."""

    @property
    def outcome(self) -> str:
        return "delivered" if self.error is None else "failed"


@dataclass(frozen=True)
class Row:
    """A receiver with an origin of its own, and what becomes of what it is sent."""

    name: str
    receiver: Behaviour | HTTP2 | None
    """None: nobody listens."""
    expected: Expectation
    why: str = ""
    """What is not plain from the other columns."""
    url: str = "http://127.0.0.1:{port}/hook"
    at: tuple[str, ...] = ("127.0.0.1",)
    """The addresses to which requests come: to each of them, if they arrive at all, and to no other."""
    tls: TLSEnd | None = None
    host: Host | None = None
    """What the name server says of the URL's host."""
    artifacts: int = 1
    """Sent one after another, each when the one before is final."""
    retries: int = RETRIES
    daemon: str = "main"
    """``main``; ``strict``, which allows public addresses only; ``proxied``, which has a proxy; ``trusting``, which has a
    certificate authority beside the system's."""


DELIVERED = Expectation(None, 1)


def fails(error: str, attempts: int = 1 + RETRIES, **more: object) -> Expectation:
    return replace(Expectation(error, attempts), **more)


def recovers(after: str, attempts: int = 2, **more: object) -> Expectation:
    """Delivered, after attempts that failed with this class."""
    return replace(Expectation(None, attempts, first_error=after), **more)


def times_out(**more: object) -> Expectation:
    return fails("timeout", **({"least": TIMEOUT, "most": TIMEOUT} | more))


UNHEARD = Reply(OK)
"""A receiver that would answer well, if anything came."""
