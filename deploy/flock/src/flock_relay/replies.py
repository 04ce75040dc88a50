"""What the relay says back: bytes in, replies out."""

from __future__ import annotations

import json
from dataclasses import dataclass

LONGEST = 1024 * 1024
"""Bytes of one reply; the relay's are far shorter."""


class ProtocolError(Exception):
    """The peer said something no relay says."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The first ``count`` lines of the connection are the relay's now."""

    count: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Line ``number`` of the connection, counted from 1, was refused."""

    number: int
    code: str
    message: str


class ReplyReader:
    """Cuts what arrives on one connection into replies."""

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, data: bytes) -> list[Acknowledged | Rejected]:
        """The replies completed by ``data``, in order. Raises ``ProtocolError``."""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if len(self._unfinished) > LONGEST:
            raise ProtocolError(f"a reply of more than {LONGEST} bytes")
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
