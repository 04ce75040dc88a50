"""Requests that are interrupted while they arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from frames import Code

if TYPE_CHECKING:
    from conversation import Conversation


class Place(Enum):
    """How much of a request has arrived."""

    BEFORE = "before the body"
    WITHIN = "within the body"
    BEHIND = "behind the body"


@dataclass
class Sending:
    """One arrival of a request, complete or not. A request that is sent again arrives as another one."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    is_on_kept: bool
    """It came on the receiver's first connection, after an answer. Later connections do not count: requests that are sent
    again may share them with others, which would be hit by what happens to the connection."""
    stream: int = 0
    """The HTTP/2 stream; 0 over HTTP/1.1."""
    body: bytearray = field(default_factory=bytearray)
    is_complete: bool = False
    is_malformed: bool = False
    """Its stream ended with another length than its headers say (RFC 9113, 8.1.1)."""
    is_settled: bool = False
    """It was answered or interrupted. What still arrives of it is recorded only."""
    interruption: Interruption | None = None
    """What is still to happen to it."""

    @property
    def artifact(self) -> str:
        return self.headers.get("x-flock-artifact-id", "")

    @property
    def length(self) -> int:
        """The length of the complete body."""
        return int(self.headers["content-length"])

    def has_reached(self, place: Place) -> bool:
        match place:
            case Place.BEFORE: return True
            case Place.WITHIN: return len(self.body) >= self.length // 2
            case Place.BEHIND: return self.is_complete


Act = Callable[["Conversation", Sending], None]


@dataclass(frozen=True)
class Interruption:
    """What the receiver does as soon as this much of a request has arrived."""

    place: Place
    acts: tuple[Act, ...]
    goes_on: bool = False
    """The request is read on, and answered 200."""


@dataclass(frozen=True)
class Interrupting:
    """A receiver of a row. It answers 200 behind the body, but for what it interrupts."""

    interruptions: tuple[Interruption, ...]
    """One for each time that the request of an artifact arrives; later ones are not interrupted, nor are those over HTTP/1.1
    where HTTP/2 is offered."""
    only_kept: bool = False
    """Only requests on the kept connection are interrupted."""
    protocols: tuple[str, ...] = ("h2", "http/1.1")
    """The protocols that it offers in the TLS handshake."""
    window: int = 65_535
    """Bytes of each HTTP/2 body that may be sent before the receiver has read the headers, from the second request of a
    connection on. The first one may come before the client knows this number."""

    def interruption(self, sending: Sending, arrivals_before: int) -> Interruption | None:
        is_fallback = sending.stream == 0 and "h2" in self.protocols
        if is_fallback or (self.only_kept and not sending.is_on_kept) or arrivals_before >= len(self.interruptions):
            return None
        return self.interruptions[arrivals_before]


# Acts

def answer(status: int) -> Act:
    return lambda conversation, sending: conversation.answer(sending, status)


def reset_stream(code: Code) -> Act:
    return lambda conversation, sending: conversation.reset_stream(sending, code)


def go_away(conversation: Conversation, sending: Sending) -> None:
    """This request will still be answered."""
    conversation.go_away(sending.stream)


def go_away_below(conversation: Conversation, sending: Sending) -> None:
    """The last stream that is answered is one before this request."""
    conversation.go_away(conversation.last_answered)


def announce_going_away(conversation: Conversation, sending: Sending) -> None:
    """Names the highest possible stream, so that requests which are under way are answered (RFC 9113, 6.8)."""
    conversation.go_away(0x7FFF_FFFF)


def close(conversation: Conversation, sending: Sending) -> None:
    conversation.peer.end_sending()


def reset(conversation: Conversation, sending: Sending) -> None:
    conversation.peer.reset()
