"""Writes JSON documents as text, in every spelling that RFC 8259 allows."""

from __future__ import annotations

import random

DEEPEST = 4
"""The maximum depth of nested containers in an ordinary document."""


class Author:
    """Valid documents without LF, so that each is one line. The same random state writes the same documents."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def space(self) -> bytes:
        return self.chance.choice([b"", b"", b"", b" ", b"\t", b"\r", b"  \t"])

    def value(self, depth: int = 0) -> bytes:
        """Any value; ``depth`` containers are around it."""
        if depth < DEEPEST and self.chance.random() < 0.35:
            return self.chance.choice([self.object, self.array])(depth)
        return self.scalar()

    def scalar(self) -> bytes:
        return self.chance.choice([self.string, self.string, self.number, self.word])()

    def word(self) -> bytes:
        return self.chance.choice([b"null", b"true", b"false"])

    # Containers

    def object(self, depth: int = 0, *, around: bytes | None = None) -> bytes:
        """``around``: a member to include at a random position."""
        members = [self.member(self.value(depth + 1)) for _ in range(self.chance.choice([0, 1, 1, 2, 3, 5]))]
        if around is not None:
            members.insert(self.chance.randint(0, len(members)), around)
        return self._container(b"{", members, b"}")

    def array(self, depth: int = 0, *, around: bytes | None = None) -> bytes:
        """``around``: an element to include at a random position."""
        elements = [self.value(depth + 1) for _ in range(self.chance.choice([0, 1, 1, 2, 3, 5]))]
        if around is not None:
            elements.insert(self.chance.randint(0, len(elements)), around)
        return self._container(b"[", elements, b"]")

    def around(self, text: bytes) -> bytes:
        """An object with ``text`` in the place of some value."""
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            text = self.array(2, around=text) if self.chance.random() < 0.5 else self.object(
                2, around=self.member(text))
        return self.object(1, around=self.member(text))

    def member(self, value: bytes) -> bytes:
        return self.key() + self.space() + b":" + self.space() + value

    def _container(self, opening: bytes, parts: list[bytes], closing: bytes) -> bytes:
        inside = b",".join(self.space() + part + self.space() for part in parts)
        return opening + (inside or self.space()) + closing

    # Scalars

    def key(self) -> bytes:
        known = [b'"a"', b'"b"', b'"payload"', b'"tags"', b'"timestamp"', b'"artifact_id"', b'"t\\u0061gs"', b'""']
        return self.chance.choice(known) if self.chance.random() < 0.5 else self.string()

    def string(self) -> bytes:
        return b'"' + b"".join(self._piece() for _ in range(self.chance.choice([0, 1, 1, 2, 4, 9]))) + b'"'

    def _piece(self) -> bytes:
        kind = self.chance.randrange(8)
        if kind < 3:
            return bytes(self.chance.choices(b"abcXYZ 0189{}[]:,'/<>&", k=3))
        if kind == 3:
            return b"\\" + bytes([self.chance.choice(b'"\\/bfnrt')])
        if kind == 4:
            return escape(self._scalar_value(0xFFFF), self.chance)
        if kind == 5:
            return surrogate_pair(self.chance.randint(0x10000, 0x10FFFF), self.chance)
        if kind == 6:
            return chr(self._scalar_value(0x10FFFF, lowest=0x20)).encode().translate(None, b'"\\')
        return self.chance.choice(["\x7f", "\u2028", "\u2029", "\ufeff", "\ufffd", "\uffff", "\U0001f426"]).encode()

    def _scalar_value(self, highest: int, lowest: int = 0) -> int:
        """A code point that is not a surrogate; small ones are more frequent."""
        value = self.chance.randint(lowest, self.chance.choice([0x7F, 0x7FF, 0xFFFF, highest]))
        return value if not 0xD800 <= value <= 0xDFFF else value - 0x1000

    def number(self) -> bytes:
        digits = self.chance.choice([1, 1, 2, 5, 20, 40])
        text = self.chance.choice(["", "-"]) + str(self.chance.randrange(10**digits))
        if self.chance.random() < 0.4:
            text += "." + "".join(self.chance.choices("0123456789", k=self.chance.choice([1, 2, 17])))
        if self.chance.random() < 0.3:
            text += self.chance.choice(["e", "E"]) + self.chance.choice(["", "+", "-"]) + self.chance.choice(
                ["0", "00", "7", "007", "308", "400", "99999"])
        return text.encode()


def escape(unit: int, chance: random.Random) -> bytes:
    """``\\uXXXX`` for one UTF-16 unit, in lower or upper case."""
    return b"\\u" + chance.choice([f"{unit:04x}", f"{unit:04X}"]).encode()


def surrogate_pair(code_point: int, chance: random.Random) -> bytes:
    """Both escapes of a code point above U+FFFF."""
    high, low = divmod(code_point - 0x10000, 0x400)
    return escape(0xD800 + high, chance) + escape(0xDC00 + low, chance)
