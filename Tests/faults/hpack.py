"""Header compression of HTTP/2 (RFC 7541), as far as requests and short answers need it."""

from __future__ import annotations

STATIC_TABLE: list[tuple[str, str]] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"),
    *((":status", status) for status in ("200", "204", "206", "304", "400", "404", "500")),
    ("accept-charset", ""), ("accept-encoding", "gzip, deflate"),
    *((name, "") for name in (
        "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
        "content-disposition content-encoding content-language content-length content-location content-range "
        "content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range "
        "if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range "
        "referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary "
        "via www-authenticate").split()),
]
"""RFC 7541, appendix A; its indices begin at 1."""

SYMBOLS = {
    5: "012aceiost", 6: " %-./3456789=A_bdfghlmnpru", 7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", 8: "&*,;XZ", 10: '!"()?',
    11: "'+|", 12: "#>", 13: "\0$@[]~", 14: "^}", 15: "<`{",
}
"""The characters with a code of each length in bits (appendix B), in the order of their codes. The rest of the appendix is
longer, and no request needs it."""


def make_codes() -> dict[tuple[int, int], str]:
    """The character for each code, by length and value. Each code is the one before it plus 1, extended to its length."""
    codes: dict[tuple[int, int], str] = {}
    code = length_before = 0
    for length, symbols in SYMBOLS.items():
        code <<= length - length_before
        for symbol in symbols:
            codes[length, code] = symbol
            code += 1
        length_before = length
    return codes


CODES = make_codes()


def decode_huffman(data: bytes) -> str:
    text, code, length = "", 0, 0
    for byte in data:
        for shift in range(7, -1, -1):
            code, length = code << 1 | byte >> shift & 1, length + 1
            if (symbol := CODES.get((length, code))) is not None:
                text, code, length = text + symbol, 0, 0
    if length > 7 or code != (1 << length) - 1:
        raise ValueError(f"{data!r} has a code that no request needs")
    return text


class HeaderDecoder:
    """Decodes the header blocks of one connection, in their order."""

    def __init__(self) -> None:
        self._dynamic: list[tuple[str, str]] = []
        """The newest entry first, from which indices count. Nothing is evicted, because no client names an evicted entry."""
        self._block = b""
        self._place = 0

    def decode(self, block: bytes) -> dict[str, str]:
        self._block, self._place = block, 0
        headers: dict[str, str] = {}
        while self._place < len(block):
            if (field := self._field()) is not None:
                headers[field[0]] = field[1]
        return headers

    def _field(self) -> tuple[str, str] | None:
        """The next field; None for a change of the table's size."""
        first = self._block[self._place]
        if first & 0x80:
            return self._entry(self._integer(7))
        if first & 0xE0 == 0x20:
            self._integer(5)
            return None
        is_kept = bool(first & 0x40)
        index = self._integer(6 if is_kept else 4)
        field = (self._entry(index)[0] if index else self._string(), self._string())
        if is_kept:
            self._dynamic.insert(0, field)
        return field

    def _entry(self, index: int) -> tuple[str, str]:
        return STATIC_TABLE[index - 1] if index <= len(STATIC_TABLE) else self._dynamic[index - len(STATIC_TABLE) - 1]

    def _integer(self, bits: int) -> int:
        """An integer that begins in the last ``bits`` of a byte (5.1)."""
        value = self._byte() & (1 << bits) - 1
        if value < (1 << bits) - 1:
            return value
        shift = 0
        while (byte := self._byte()) & 0x80:
            value, shift = value + ((byte & 0x7F) << shift), shift + 7
        return value + (byte << shift)

    def _string(self) -> str:
        is_huffman = bool(self._block[self._place] & 0x80)
        length = self._integer(7)
        data = self._block[self._place : self._place + length]
        self._place += length
        return decode_huffman(data) if is_huffman else data.decode("latin-1")

    def _byte(self) -> int:
        self._place += 1
        return self._block[self._place - 1]


def encode_status(status: int) -> bytes:
    """A header block of ``:status`` alone, as a literal with an indexed name (6.2.2)."""
    return bytes([0x08, 3]) + str(status).encode()
