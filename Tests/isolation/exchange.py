"""Minimal HTTP for a receiver. It must be fast, because it shares the cores with the relay under test."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
RESET = b""
"""In place of a reply: end the connection with RST."""


class Final(bytes):
    """A reply after which the connection is closed."""


Take = Callable[[bytes], bytes | None]
"""Head of a request → the bytes of the reply, ``RESET``, or None: no answer."""

ABORTIVE = struct.pack("ii", 1, 0)
HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\nContent-Length: "


class Exchange:
    """One non-blocking connection: parses requests, and writes the answer of ``take`` to each."""

    def __init__(self, peer: socket.socket, take: Take) -> None:
        self._peer = peer
        self._take = take
        self._received = b""

    def proceed(self) -> bool:
        """Read and answer; False if the connection is closed. ``OSError`` if it broke."""
        data = self._peer.recv(65_536)
        received = self._received + data
        while (end := received.find(HEAD_END)) >= 0:
            head = received[: end + 2]
            whole = end + len(HEAD_END) + int(field(head, LENGTH))
            if len(received) < whole:
                break
            received = received[whole:]
            reply = self._take(head)
            if reply == RESET:
                self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORTIVE)
                return False
            if reply is not None:
                self._peer.send(reply)
            if isinstance(reply, Final):
                return False
        self._received = received
        return data != b""

    def close(self) -> None:
        self._peer.close()


def field(head: bytes, name: bytes) -> bytes:
    """The value after ``name``, which is written as ``b"\\r\\nName: "``; ``ValueError`` if it is missing."""
    begin = head.index(name) + len(name)
    return head[begin : head.index(b"\r\n", begin)]


def status_reply(status: int) -> bytes:
    """A reply without body."""
    return b"HTTP/1.1 %d Reason\r\nContent-Length: 0\r\n\r\n" % status
