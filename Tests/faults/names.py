"""A name server on 127.0.0.1, port 53, with scripted answers, some of them wrong."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from dataclasses import dataclass, field

A, CNAME, AAAA = 1, 5, 28
NXDOMAIN, SERVFAIL, REFUSED, NO_ERROR = 3, 2, 5, 0


@dataclass(frozen=True)
class Host:
    """The answers for one name. A name with neither addresses nor a code exists and has no address."""

    addresses: tuple[str, ...] = ()
    """IPv4 and IPv6 addresses, each for questions of its type."""
    later: tuple[str, ...] = ()
    """Different addresses from the second question of a type on, if any."""
    alias: str = ""
    """The canonical name, to which ``addresses`` belong."""
    code: int = NO_ERROR
    answers: bool = True
    """False: never an answer."""
    answers_ipv6: bool = True
    """False: never an answer to a question for an IPv6 address."""
    delay: float = 0
    """Seconds before each answer."""
    garbage: bool = False
    """The answer is not a DNS message, apart from its id."""


@dataclass
class NameServer:
    """Serves until the process ends; names without a script do not exist."""

    hosts: dict[str, Host]
    _asked: dict[tuple[str, int], int] = field(default_factory=dict)

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            question, sender = self._socket.recvfrom(4096)
            name, kind = asked_for(question)
            host = self.hosts.get(name, Host(code=NXDOMAIN))
            count = self._asked[name, kind] = self._asked.get((name, kind), 0) + 1
            if host.answers and (host.answers_ipv6 or kind != AAAA):
                reply = answer(question, kind, host, host.later if host.later and count > 1 else host.addresses)
                threading.Timer(host.delay, self._socket.sendto, [reply, sender]).start()


def asked_for(question: bytes) -> tuple[str, int]:
    """Name and type of a DNS question."""
    labels, place = [], 12
    while (length := question[place]) != 0:
        labels.append(question[place + 1 : place + 1 + length].decode())
        place += 1 + length
    return ".".join(labels).lower(), struct.unpack_from("!H", question, place + 1)[0]


def answer(question: bytes, kind: int, host: Host, addresses: tuple[str, ...]) -> bytes:
    """The whole reply (RFC 1035, 4.1), with a time to live of 0."""
    if host.garbage:
        return question[:2] + b"\xff" * 40
    records = [(CNAME, encode(host.alias))] if host.alias else []
    for address in map(ipaddress.ip_address, addresses):
        if (address.version == 4) == (kind == A) and kind in (A, AAAA):
            records.append((kind, address.packed))
    end = question.index(b"\0", 12) + 5
    header = question[:2] + struct.pack("!HHHHH", 0x8580 | host.code, 1, len(records), 0, 0)
    owner = encode(host.alias) if host.alias else b"\xc0\x0c"
    body = b"".join(
        (b"\xc0\x0c" if type_ == CNAME else owner) + struct.pack("!HHIH", type_, 1, 0, len(data)) + data
        for type_, data in records)
    return header + question[12:end] + body


def encode(name: str) -> bytes:
    """A name as labels with their lengths."""
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
