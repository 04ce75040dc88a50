"""HTTP as a receiver needs it, in as little Python as possible: the cores are shared with the relay under test."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
RESET = b""
"""Instead of a reply: end the connection with RST."""


class Final(bytes):
    """A reply behind which the connection is closed."""


Take = Callable[[bytes], bytes | None]
"""Head of a request → the bytes of the reply, ``RESET``, or None: no answer, as long as the peer cares to wait."""

ABORTIVE = struct.pack("ii", 1, 0)
HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\nContent-Length: "


class Exchange:
    """One connection that does not block: finds whole requests, and writes what ``take`` says of each."""

    def __init__(self, peer: socket.socket, take: Take) -> None:
        self._peer = peer
        self._take = take
        self._received = b""

    def proceed(self) -> bool:
        """Take what has come; False if the connection is over. ``OSError`` if it broke."""
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
    """The value behind ``name``, which is written as ``b"\\r\\nName: "``; ``ValueError`` if it is not there."""
    begin = head.index(name) + len(name)
    return head[begin : head.index(b"\r\n", begin)]


def status_reply(status: int) -> bytes:
    """A reply without body."""
    return b"HTTP/1.1 %d Reason\r\nContent-Length: 0\r\n\r\n" % status
