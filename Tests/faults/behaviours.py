"""Behaviours of receivers, as values for the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum

from raw_receiver import Behaviour, Peer, Request


class Then(Enum):
    """What the receiver does after its last byte."""

    GO_ON = "the next request is read"
    HOLD = "nothing more is sent or read"
    CLOSE = "the connection is closed"
    HALF_CLOSE = "the sending half is closed"
    RESET = "the connection is reset"

    def happen(self, peer: Peer) -> None:
        match self:
            case Then.HOLD: peer.hold()
            case Then.CLOSE: peer.close()
            case Then.HALF_CLOSE: peer.end_sending()
            case Then.RESET: peer.reset()
            case Then.GO_ON: pass


@dataclass(frozen=True)
class Reply(Behaviour):
    """The same bytes for each request."""

    data: bytes
    then: Then = Then.GO_ON

    def answer(self, peer: Peer, request: Request) -> None:
        peer.send(self.data)
        self.then.happen(peer)


@dataclass(frozen=True)
class AtOnce(Behaviour):
    """The same bytes as soon as the connection is established, before any request and before TLS."""

    data: bytes = b""
    then: Then = Then.HOLD

    def connected(self, peer: Peer) -> None:
        peer.send(self.data)
        self.then.happen(peer)

    def answer(self, peer: Peer, request: Request) -> None:
        """The answer has already been sent."""


@dataclass(frozen=True)
class Drip(Behaviour):
    """``head`` at once, then ``rest`` byte by byte."""

    head: bytes
    rest: bytes
    pause: float = 1.0
    """Seconds before each byte."""

    def answer(self, peer: Peer, request: Request) -> None:
        peer.send(self.head)
        for place in range(len(self.rest)):
            time.sleep(self.pause)
            peer.send(self.rest[place : place + 1])
        peer.close()


@dataclass(frozen=True)
class Endless(Behaviour):
    """``head``, then ``block`` over and over, up to a thousand times a second."""

    head: bytes
    block: bytes

    def answer(self, peer: Peer, request: Request) -> None:
        peer.send(self.head)
        while True:
            peer.send(self.block)
            time.sleep(0.001)


@dataclass(frozen=True)
class ByAttempt(Behaviour):
    """One behaviour for each attempt of a delivery; the last one applies to all later attempts."""

    behaviours: tuple[Behaviour, ...]

    def answer(self, peer: Peer, request: Request) -> None:
        self.behaviours[min(request.attempt, len(self.behaviours)) - 1].answer(peer, request)


@dataclass(frozen=True)
class FirstArtifact(Behaviour):
    """A behaviour for the row's first artifact; all others are answered 200."""

    behaviour: Behaviour

    def answer(self, peer: Peer, request: Request) -> None:
        if request.headers["x-flock-artifact-id"].endswith("-1"):
            self.behaviour.answer(peer, request)
        else:
            peer.send(OK)


@dataclass(frozen=True)
class OnKept(Behaviour):
    """Answers the first request of a connection with 200, and ends the connection at the second one."""

    then: Then

    def answer(self, peer: Peer, request: Request) -> None:
        if peer.requests == 1:
            peer.send(OK)
        else:
            self.then.happen(peer)


@dataclass(frozen=True)
class Computed(Behaviour):
    """Bytes that are computed for each request."""

    make: Callable[[], bytes]

    def answer(self, peer: Peer, request: Request) -> None:
        peer.send(self.make())


def response(status: str, *headers: str, body: bytes = b"") -> bytes:
    """A valid HTTP/1.1 response with its Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def raw(*lines: str, body: bytes = b"") -> bytes:
    """A response of exactly these lines, each ended by CR LF, and the empty line after them."""
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status(text: str, *headers: str) -> Reply:
    """A valid response without a body."""
    return Reply(response(text, *headers))


def retry_at(status: str, seconds: float) -> Computed:
    """Retry-After with a date this many seconds after the answer; the date has whole seconds, rounded down."""
    return Computed(lambda: response(status, f"Retry-After: {formatdate(time.time() + seconds, usegmt=True)}"))


OK = response("200 OK")
