"""Parses the relay's replies: bytes in, replies out."""

from __future__ import annotations

import json
from dataclasses import dataclass

MAX_REPLY_BYTES = 1024 * 1024
"""Maximum bytes of one reply; the relay's replies are far shorter."""


class ProtocolError(Exception):
    """The peer sent something that is not a reply of a relay."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The relay has acknowledged the first ``count`` lines of the connection."""

    count: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Line ``number`` of the connection, counted from 1, was rejected."""

    number: int
    code: str
    message: str


class ReplyReader:
    """Splits the bytes of one connection into replies."""

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, data: bytes) -> list[Acknowledged | Rejected]:
        """The replies completed by ``data``, in order. Raises ``ProtocolError``."""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if len(self._unfinished) > MAX_REPLY_BYTES:
            raise ProtocolError(f"a reply of more than {MAX_REPLY_BYTES} bytes")
        return [reply for line in lines if (reply := _parsed(line)) is not None]


def _parsed(line: bytes) -> Acknowledged | Rejected | None:
    """None for a blank line or a reply of a kind that a later relay may know."""
    if not line.strip():
        return None
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        raise ProtocolError("a reply that is not JSON") from None
    match reply:
        case {"ack": int(count)}:
            return Acknowledged(count)
        case {"rejected": int(number)}:
            return Rejected(number, str(reply.get("code", "unknown")), str(reply.get("message", "")))
        case dict():
            return None
        case _:
            raise ProtocolError("a reply that is not a JSON object")
