"""HTTP/1.1 answers, part by part."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cached_property

PHRASES = {200: b"OK", 201: b"Created", 204: b"No Content", 304: b"Not Modified", 404: b"Not Found", 500: b"Internal Server Error"}
WITHOUT_BODY = (204, 304)
"""Statuses whose answers end with the headers (RFC 9112, 6.3)."""
MAX_PIECES = 500


@dataclass
class Answer:
    """One answer. Its parts are changed first, and then ``encoded`` once."""

    status: int
    chance: random.Random
    oddities: list[str] = field(default_factory=list)
    """Their names."""
    version: bytes = b"HTTP/1.1"
    phrase: bytes | None = None
    """With the space before it; None: a usual one."""
    headers: list[bytes] = field(default_factory=lambda: [b"Server: answers", b"Content-Type: text/plain"])
    """Lines without their ends."""
    framing: list[bytes] = field(default_factory=list)
    """The headers that say where the body ends."""
    body: bytes = b""
    closes: bool = False
    """The body ends with the connection."""
    interims: list[tuple[int, bytes]] = field(default_factory=list)
    """Status and bytes of each interim answer, with CR LF."""
    leading: bytes = b""
    """Empty lines before the answer."""
    line_ends: tuple[bytes, ...] = (b"\r\n",)
    """Each line ends with one of these."""
    piece: int = 0
    """The bytes that are written at once, more for a long answer; 0: everything."""

    @property
    def has_body(self) -> bool:
        return self.status not in WITHOUT_BODY

    @cached_property
    def encoded(self) -> bytes:
        phrase = b" " + PHRASES.get(self.status, b"Some Status") if self.phrase is None else self.phrase
        status_line = self.version + b" %d" % self.status + phrase
        lines = [status_line, *self.headers, *self.framing, b""]
        head = b"".join(interim for _, interim in self.interims)
        return self.leading + self._with_line_ends(head) + self._with_line_ends(b"\r\n".join(lines) + b"\r\n") + self.body

    def _with_line_ends(self, head: bytes) -> bytes:
        if self.line_ends == (b"\r\n",):
            return head
        return b"".join(line + self.chance.choice(self.line_ends) for line in head.split(b"\r\n")[:-1])

    @property
    def pieces(self) -> list[bytes]:
        data = self.encoded
        size = max(self.piece, len(data) // MAX_PIECES) if self.piece else len(data)
        return [data[start : start + size] for start in range(0, len(data), size)]
