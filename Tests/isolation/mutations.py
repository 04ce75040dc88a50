"""Hostile replies: those of the fault matrix, and random mutations of them."""

from __future__ import annotations

import random

from behaviours import Reply
from exchange import RESET, Final
from table import ROWS

MAX_LENGTH = 4_096
"""Maximum bytes of a reply to mutate; the longer ones of the matrix would only take time."""
REPLIES = sorted({
    row.receiver.data for row in ROWS if isinstance(row.receiver, Reply) and 0 < len(row.receiver.data) <= MAX_LENGTH})
FRAGMENTS = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/2 200\r\n",
    b"Content-Length: 5\r\n", b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Encoding: br\r\n", b"Connection: close\r\n",
    b"Location: //%00/\r\n", b"Location: //[::1]/a\r\n", b"WWW-Authenticate: Basic realm=x\r\n", b"Retry-After: 1\r\n",
    b"Set-Cookie: a=b\r\n", b"Upgrade: h2c\r\n", b"ffffffffffffffff\r\n", b"0\r\n\r\n",
]


def hostile(chance: random.Random) -> bytes:
    """A reply after which the connection is kept (the attempt may hang), closed or reset."""
    reply = bytearray(chance.choice(REPLIES))
    for _ in range(chance.randrange(4)):
        mutate(reply, chance)
    outcome = chance.random()
    if outcome < 0.05:
        return RESET
    return bytes(reply) if outcome < 0.3 else Final(reply)


def mutate(reply: bytearray, chance: random.Random) -> None:
    """Change the reply in one place."""
    place = chance.randrange(len(reply) + 1)
    match chance.randrange(6):
        case 0: reply[place:place + 1] = bytes([chance.randrange(256)])
        case 1: del reply[place:place + chance.randrange(1, 32)]
        case 2: del reply[place:]
        case 3: reply[place:place] = chance.choice(FRAGMENTS)
        case 4: reply[place:place] = reply[max(place - chance.randrange(64), 0):place]
        case 5: reply[place:] = chance.choice(REPLIES)[chance.randrange(64):]
