"""The kinds of document that both parsers read: valid and mutated ones."""

from __future__ import annotations

from collections.abc import Callable

from documents import Author, escape

Kind = Callable[[Author], bytes]

BYTES = bytes(byte for byte in range(256) if byte != 0x0A)
"""All bytes that a line can contain."""


def valid(author: Author) -> bytes:
    return author.object()


def valid_with_space(author: Author) -> bytes:
    return author.space() + author.object() + author.space()


def other_value(author: Author) -> bytes:
    """JSON, mostly not an object."""
    return author.space() + author.chance.choice([author.array, author.scalar, author.value])() + author.space()


def blank(author: Author) -> bytes:
    return b"".join(author.space() for _ in range(3))


def big_number(author: Author) -> bytes:
    """Longer than any machine number, and than Python's ``int`` accepts by default."""
    digits = "".join(author.chance.choices("123456789", k=author.chance.choice([20, 400, 5_000])))
    number = author.chance.choice([digits, "-" + digits, "0." + digits, digits + "e-9", "1e" + digits])
    return author.around(number.encode())


def duplicate_key(author: Author) -> bytes:
    key = author.key()
    first, second = (key + b":" + author.value(2) for _ in range(2))
    return author.object(1, around=first + b"," + author.chance.choice([b"", author.member(b"1") + b","]) + second)


def deep_nesting(author: Author) -> bytes:
    """Below and above the relay's limit, arrays and objects mixed; sometimes not closed."""
    depth = author.chance.choice([3, 100, 508, 509, 510, 511, 512, 513, 514, 515, 600])
    opening = [author.chance.choice([b"[", b'{"a":']) for _ in range(depth - 1)]
    closing = [b"]" if each == b"[" else b"}" for each in reversed(opening)]
    if author.chance.random() < 0.1:
        closing = closing[author.chance.randint(0, len(closing)):]
    return b'{"a":' + b"".join(opening) + author.scalar() + b"".join(closing) + b"}"


def non_finite(author: Author) -> bytes:
    return author.around(author.chance.choice([b"NaN", b"Infinity", b"-Infinity"]))


def word_of_another_language(author: Author) -> bytes:
    return author.around(author.chance.choice([
        b"nan", b"-NaN", b"+Infinity", b"inf", b"True", b"False", b"None", b"NULL", b"undefined", b"nul", b"nulll",
        b"tru", b"'a'", b"a", b"1_000", b"0x10", b"0b1", b"(1)", b"/**/1", b"1//", b"#", b"`a`"]))


def broken_number(author: Author) -> bytes:
    return author.around(author.chance.choice([
        b"01", b"-01", b"00", b"+1", b".5", b"-.5", b"1.", b"1.e1", b"-", b"--1", b"1e", b"1e+", b"1E-", b"1e1.5",
        b"1.2.3", b"1 2", b"- 1", b"1e 1", "\u0661".encode(), b"1f", b"-e1", b"1-1", b"0e"]))


def broken_escape(author: Author) -> bytes:
    return author.around(b'"x' + author.chance.choice([
        b"\\x41", b"\\a", b"\\'", b"\\0", b"\\u", b"\\u1", b"\\u12", b"\\u123", b"\\u12g4", b"\\u+123", b"\\u 123",
        b"\\u0x41", b"\\U0041", b"\\u-001", b"\\", "\\u\uff11234".encode(), b"\\\r", b"\\v", b"\\u12_4"]) + b'"')


def lone_surrogate(author: Author) -> bytes:
    """Half a pair, or two halves in the wrong order; some of the texts are valid pairs nevertheless."""
    halves = [escape(author.chance.randint(0xD800, 0xDFFF), author.chance) for _ in range(author.chance.randint(1, 3))]
    text = author.chance.choice([b"", b"x", b"\\n"]).join(halves) + author.chance.choice([b"", b"y"])
    return author.around(b'"' + text + b'"')


def control_character(author: Author) -> bytes:
    character = bytes([author.chance.choice([*range(0x0A), *range(0x0B, 0x20), 0x7F])])
    if author.chance.random() < 0.7:
        return author.around(b'"x' + character + b'"')
    return insert(author, author.object(), character)


def other_space(author: Author) -> bytes:
    """Characters that are white space in other languages, where JSON allows white space."""
    space = author.chance.choice("\x0b\x0c\x00\x1c\x85\xa0\u2003\u2028\u3000\u200b\ufeff").encode()
    before = author.chance.random() < 0.5
    return author.around(space + author.scalar() if before else author.scalar() + space)


def byte_order_mark(author: Author) -> bytes:
    mark = author.chance.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb"])
    return author.space() + mark + author.object()


def trailing_comma(author: Author) -> bytes:
    return author.around(author.chance.choice([
        b"[1,]", b"[,1]", b"[,]", b"[1,,2]", b'{"a":1,}', b'{,"a":1}', b"{,}", b'{"a":1,,"b":2}', b"[1 2]",
        b'{"a":1 "b":2}']))


def broken_object(author: Author) -> bytes:
    return author.around(author.chance.choice([
        b'{"a"}', b'{"a":}', b'{"a" 1}', b"{a:1}", b"{1:2}", b"{null:1}", b'{"a"::1}', b'{"a":1:2}', b'["a":1]', b"{]",
        b"[}", b'{"a":1]', b"[1}", b"{[]:1}", b'{"a",1}', b"{", b"[", b"}", b"]", b""]))


def two_documents(author: Author) -> bytes:
    between = author.chance.choice([b"", b" ", b",", b"\r", b"\x00", b";"])
    return author.object() + between + author.chance.choice([author.object(), author.scalar(), b"x", b"}", b"]"])


def invalid_utf8(author: Author) -> bytes:
    """Ill-formed sequences (Unicode 16, table 3-7), and similar well-formed ones."""
    text = author.chance.choice([
        b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc2", b"\xc2\x80", b"\xe0\x80\x80", b"\xe0\x9f\xbf",
        b"\xe0\xa0\x80", b"\xe1\x80", b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xee\x80\x80",
        b"\xef\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf0\x90\x80",
        b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xfe", b"\xff", b"\xed\xa0\xbd\xed\xb0\xa6"])
    return author.around(b'"x' + text + author.chance.choice([b"", b"y"]) + b'"')


# Random damage

def truncation(author: Author) -> bytes:
    document = author.object()
    return document[: author.chance.randint(0, len(document))]


def flipped_bit(author: Author) -> bytes:
    document = bytearray(author.object())
    for _ in range(author.chance.choice([1, 1, 1, 3])):
        document[author.chance.randrange(len(document))] ^= 1 << author.chance.randrange(8)
    return bytes(document).replace(b"\n", b"\x8a")


def replaced_byte(author: Author) -> bytes:
    document = bytearray(author.object())
    document[author.chance.randrange(len(document))] = author.chance.choice(BYTES)
    return bytes(document)


def inserted_byte(author: Author) -> bytes:
    return insert(author, author.object(), bytes([author.chance.choice(BYTES)]))


def removed_bytes(author: Author) -> bytes:
    document = author.object()
    start = author.chance.randint(0, len(document))
    return document[:start] + document[start + author.chance.choice([1, 1, 2, 5]):]


def exchanged_structure(author: Author) -> bytes:
    """Replaces one structural character of JSON by another."""
    document = bytearray(author.object())
    places = [place for place, byte in enumerate(document) if byte in b'{}[]:,"\\']
    document[author.chance.choice(places)] = author.chance.choice(b'{}[]:,"\\')
    return bytes(document)


def moved_slice(author: Author) -> bytes:
    """Inserts a part of one document into another."""
    giver, taker = author.object(), author.object()
    start = author.chance.randint(0, len(giver))
    return insert(author, taker, giver[start : start + author.chance.randint(1, 12)])


def insert(author: Author, document: bytes, text: bytes) -> bytes:
    place = author.chance.randint(0, len(document))
    return document[:place] + text + document[place:]


KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        valid, valid_with_space, other_value, blank, big_number, duplicate_key, deep_nesting, non_finite,
        word_of_another_language, broken_number, broken_escape, lone_surrogate, control_character, other_space,
        byte_order_mark, trailing_comma, broken_object, two_documents, invalid_utf8, truncation, flipped_bit,
        replaced_byte, inserted_byte, removed_bytes, exchanged_structure, moved_slice)
}
