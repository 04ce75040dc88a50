"""Reads a line with Python's parser, and derives the answer that the relay must give."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from enum import Enum

DEPTH_LIMIT = 512
"""The maximum number of objects and arrays that may be open at once."""

# The documents go somewhat deeper than that, and Python's parser recurses.
sys.setrecursionlimit(10_000)

SYNTAX_CODES = frozenset({"invalid_json", "not_an_object", "too_deep"})
"""Codes of lines that are rejected for their syntax, not for their content."""

DEVIATIONS = {
    "non_finite": "Python reads NaN, Infinity and -Infinity; RFC 8259 has no such numbers: invalid_json",
    "lone_surrogate": "Python reads an escaped surrogate without its other half; it has no UTF-8 form: invalid_json",
    "too_deep": f"Python reads as deep as its stack allows; the relay reads {DEPTH_LIMIT} levels: too_deep",
    "blank": "Python rejects a text without a value; the relay skips a line of white space: acknowledged",
}
"""Intended differences. Any other difference is a defect."""


class Reading(Enum):
    """The result of reading a line."""

    OBJECT = "object"
    OTHER = "JSON, but not an object"
    BROKEN = "not JSON"


@dataclass
class Judgement:
    """Python's reading of one line, and the parts of it that only Python accepts."""

    reading: Reading
    oddities: set[str] = field(default_factory=set)
    members: list[tuple[str, object]] = field(default_factory=list)
    """Keys of the top-level object, duplicates included."""

    def deviation(self, code: str | None) -> str | None:
        """The row of ``DEVIATIONS`` that explains the relay's answer, or None if both agree.

        ``code``: why the relay rejected the line, None if it did not. Raises ``Disagreement``.
        """
        if "blank" in self.oddities:
            return self._expect(code, {None}, "blank")
        if "too_deep" in self.oddities:
            others = {"invalid_json"} if len(self.oddities) > 1 or self.reading is Reading.BROKEN else set()
            return self._expect(code, {"too_deep"} | others, "too_deep")
        if self.oddities:
            return self._expect(code, {"invalid_json"}, min(self.oddities))
        if self.reading is Reading.OBJECT:
            if code in SYNTAX_CODES:
                raise Disagreement(f"Python reads an object, the relay answers {code}")
            return None
        return self._expect(code, {"invalid_json" if self.reading is Reading.BROKEN else "not_an_object"}, None)

    def _expect(self, code: str | None, allowed: set[str | None], row: str | None) -> str | None:
        if code not in allowed:
            raise Disagreement(
                f"{row or self.reading.value}: the relay answers {code}, expected one of {allowed}")
        return row


class Disagreement(Exception):
    """The two parsers differ where they should not."""


class _Object(list):
    """An object's members, duplicates included; a plain list is an array."""


def judge(line: bytes) -> Judgement:
    """Read a line without its LF as Python does, strictly as UTF-8."""
    if not line.strip(b" \t\r"):
        return Judgement(Reading.BROKEN, {"blank"})
    oddities: set[str] = set()

    def constant(_: str) -> None:
        oddities.add("non_finite")

    try:
        # Numbers stay texts: Python's int accepts only 4300 digits, and the value of a number is irrelevant.
        value = json.loads(
            line.decode("utf-8"), object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=constant)
    except ValueError:
        # The relay reports the depth before it reaches a later fault. Brackets within strings do not matter here.
        return Judgement(Reading.BROKEN, {"too_deep"} if _opens_too_deep(line) else set())
    if not isinstance(value, _Object):
        return Judgement(Reading.OTHER, oddities | _oddities_within(value))
    return Judgement(Reading.OBJECT, oddities | _oddities_within(value), list(value))


def _oddities_within(value: object) -> set[str]:
    found: set[str] = set()
    open_values: list[tuple[object, int]] = [(value, 1)]
    while open_values:
        each, depth = open_values.pop()
        if isinstance(each, str):
            if not each.isascii() and any("\ud800" <= character <= "\udfff" for character in each):
                found.add("lone_surrogate")
        elif isinstance(each, (list, tuple)):
            # A tuple is a member of an object, on that object's level.
            is_container = isinstance(each, list)
            if is_container and depth > DEPTH_LIMIT:
                found.add("too_deep")
            open_values.extend((inner, depth + is_container) for inner in each)
    return found


def _opens_too_deep(line: bytes) -> bool:
    """Whether the part of a broken line before its fault goes beyond the limit. Only for lines whose strings have no
    brackets, which holds for all that are this deep."""
    depth = 0
    for byte in line:
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > DEPTH_LIMIT:
            return True
    return False
