"""Rows: response bodies. The status line and the headers decide; everything after them must not matter."""

from __future__ import annotations

import zlib

from behaviours import Drip, Endless, Reply, Then, raw, response
from row import DELIVERED, Row, fails

CHUNKED = "Transfer-Encoding: chunked"
TRAILER = b"4\r\nbody\r\n0\r\nX-Trailer: y\r\n\r\n"
FORGED = response("500 Forged")
"""Sent after an answer. A relay that takes it for the answer to the next request reports status 500."""


def bomb() -> bytes:
    """A gzip stream of 1 GiB of zeros in about 1 MB, without its end."""
    deflate = zlib.compressobj(wbits=31)
    begin, same = (deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return begin + same * 1023


def chunked(name: str, body: bytes, then: Then = Then.CLOSE) -> Row:
    return Row(f"chunks: {name}", Reply(raw("HTTP/1.1 200 OK", CHUNKED, body=body), then), DELIVERED)


CHUNKS = [
    chunked("sound", b"4\r\nbody\r\n0\r\n\r\n", Then.GO_ON),
    chunked("size that is no number", b"zz\r\nbody\r\n"),
    chunked("negative size", b"-4\r\nbody\r\n"),
    chunked("size beyond 64 bits", b"fffffffffffffffffffffffff\r\nbody\r\n"),
    chunked("too long for its size", b"2\r\nbody\r\n0\r\n\r\n"),
    chunked("without end", b"4\r\nbody\r\n", Then.HOLD),
    Row("chunks: bad size behind 500", Reply(raw("HTTP/1.1 500 No", CHUNKED, body=b"zz\r\n"), Then.CLOSE),
        fails("http_500")),
    *(Row(f"chunks: trailer behind {status}", Reply(raw(f"HTTP/1.1 {status}", CHUNKED, body=TRAILER)), expected,
          artifacts=3)
      for status, expected in (("200 OK", DELIVERED), ("500 No", fails("http_500")))),
    chunked("trailer like a status line", b"4\r\nbody\r\n0\r\nHTTP/1.1 500 No: x\r\n\r\n", Then.GO_ON),
    Row("chunks and length",
        Reply(raw("HTTP/1.1 200 OK", "Content-Length: 3", CHUNKED, body=b"4\r\nbody\r\n0\r\n\r\n")), DELIVERED),
]

LENGTHS = [
    Row("Content-Length too long, closed", Reply(raw("HTTP/1.1 200 OK", "Content-Length: 99", body=b"x"), Then.CLOSE),
        DELIVERED),
    Row("Content-Length too long, open", Reply(raw("HTTP/1.1 200 OK", "Content-Length: 99", body=b"x")), DELIVERED,
        artifacts=2),
    Row("Content-Length too short", Reply(raw("HTTP/1.1 200 OK", "Content-Length: 1", body=b"x" + FORGED)), DELIVERED,
        "the excess bytes must not answer the next request", artifacts=3),
    Row("204 with a body", Reply(raw("HTTP/1.1 204 No Content", body=FORGED)), DELIVERED, "likewise", artifacts=3),
    Row("204 with a length", Reply(raw("HTTP/1.1 204 No Content", "Content-Length: 4", body=b"body")), DELIVERED,
        artifacts=3),
    Row("negative Content-Length", Reply(raw("HTTP/1.1 200 OK", "Content-Length: -1"), Then.CLOSE),
        fails("protocol_error"), "libcurl rejects the headers"),
    Row("Content-Length that is no number", Reply(raw("HTTP/1.1 200 OK", "Content-Length: many"), Then.CLOSE),
        fails("protocol_error"), "likewise"),
    Row("no length, closed", Reply(raw("HTTP/1.1 200 OK", body=b"body"), Then.CLOSE), DELIVERED, artifacts=2),
    Row("no length, open", Reply(raw("HTTP/1.1 200 OK", body=b"body"), Then.HOLD), DELIVERED, artifacts=2),
]

LARGE = [
    Row("body dripping", Drip(raw("HTTP/1.1 200 OK", "Content-Length: 9"), b"x" * 9), DELIVERED, artifacts=2),
    Row("body without end", Endless(raw("HTTP/1.1 200 OK"), b"x" * 65_536), DELIVERED,
        "the relay stops reading after 64 KiB", artifacts=2),
    Row("chunks without end", Endless(raw("HTTP/1.1 200 OK", CHUNKED), b"1000\r\n" + b"x" * 4096 + b"\r\n"), DELIVERED,
        artifacts=2),
    Row("gzip bomb", Reply(response("200 OK", "Content-Encoding: gzip", body=bomb())), DELIVERED,
        "nothing is inflated", artifacts=2),
    Row("gzip bomb as transfer encoding", Reply(raw("HTTP/1.1 200 OK", "Transfer-Encoding: gzip", body=bomb())),
        DELIVERED, "likewise, although the request did not ask for it", artifacts=2),
    Row("gzip that is none", Reply(response("200 OK", "Content-Encoding: gzip", body=b"nope")), DELIVERED),
    Row("unknown encoding", Reply(response("200 OK", "Content-Encoding: nonsense", body=b"nope")), DELIVERED),
]

ROWS = CHUNKS + LENGTHS + LARGE
