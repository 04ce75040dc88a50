"""Frames of HTTP/2 (RFC 9113, 4 and 6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""The first bytes of a client."""
INITIAL_WINDOW_SIZE = 4
"""The number of this setting."""


class Kind(IntEnum):
    """The kinds of frame that a receiver reads or writes."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Code(IntEnum):
    """Error codes (RFC 9113, 7)."""

    NO_ERROR = 0x0
    REFUSED_STREAM = 0x7
    HTTP_1_1_REQUIRED = 0xD


END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20


@dataclass(frozen=True)
class Frame:
    """One frame."""

    kind: int
    flags: int
    stream: int
    payload: bytes = b""

    @property
    def content(self) -> bytes:
        """The payload of DATA or HEADERS without padding and priority."""
        payload = self.payload
        if self.flags & PADDED:
            payload = payload[1 : len(payload) - payload[0]]
        return payload[5:] if self.kind == Kind.HEADERS and self.flags & PRIORITY else payload

    @property
    def encoded(self) -> bytes:
        return struct.pack("!I", len(self.payload))[1:] + struct.pack("!BBI", self.kind, self.flags, self.stream) + self.payload


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame; None at the end of the connection."""
    head = stream.read(9)
    if len(head) < 9:
        return None
    length = int.from_bytes(head[:3], "big")
    kind, flags, number = struct.unpack("!BBI", head[3:])
    payload = stream.read(length)
    return Frame(kind, flags, number & 0x7FFF_FFFF, payload) if len(payload) == length else None


def settings(initial_window: int) -> Frame:
    return Frame(Kind.SETTINGS, 0, 0, struct.pack("!HI", INITIAL_WINDOW_SIZE, initial_window))


def window_update(stream: int, bytes_more: int) -> Frame:
    return Frame(Kind.WINDOW_UPDATE, 0, stream, struct.pack("!I", bytes_more))


def rst_stream(stream: int, code: Code) -> Frame:
    return Frame(Kind.RST_STREAM, 0, stream, struct.pack("!I", code))


def goaway(last_stream: int) -> Frame:
    return Frame(Kind.GOAWAY, 0, 0, struct.pack("!II", last_stream, Code.NO_ERROR))
